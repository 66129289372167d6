package io.matriarch.cluster;

/** The identity of one lease of the store; every acquisition of the leader lock has a fresh one. */
public record LeaseId(long value) {

    public static final LeaseId NONE = new LeaseId(0);

    @Override
    public String toString() {
        return Long.toHexString(value);
    }
}
