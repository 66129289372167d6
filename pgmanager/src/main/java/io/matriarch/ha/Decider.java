package io.matriarch.ha;

/** The rules. */
public final class Decider {

    private Decider() {
    }

    /** Decides one round. Total: every observation has a decision. */
    public static Decision decide(Observation seen) {
        throw new UnsupportedOperationException();
    }
}
