package io.matriarch.tools.drill;

import java.util.Locale;

/** How a drill's cluster replicates: Patroni's {@code synchronous_mode}. */
public enum Replication {

    /** A commit waits for nobody. */
    ASYNC("off"),
    /** A commit waits for any one replica, by PostgreSQL's own setting in {@code patroni.yml}; nobody manages it. */
    ANY("off"),
    /** A commit waits for the one synchronous standby. */
    SYNC("on"),
    /** A commit waits for any one of the replicas. */
    QUORUM("quorum");

    private final String mode;

    Replication(String mode) {
        this.mode = mode;
    }

    /** The value of {@code synchronous_mode}. */
    String mode() {
        return mode;
    }

    /** Whether no acknowledged row may be lost whatever happens to one node. */
    public boolean losesNothing() {
        return this != ASYNC;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
