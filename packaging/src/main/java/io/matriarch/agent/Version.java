package io.matriarch.agent;

/** The two versions an agent knows. */
final class Version {

    /** The version of this product. */
    static final String PRODUCT = "0.1.0";

    /**
     * The version of Patroni's surface that is spoken. It is what member keys and status documents carry, because
     * Patroni's own tools compare it to decide how to read the rest.
     */
    static final String SURFACE = "4.1.4";

    private Version() {
    }
}
