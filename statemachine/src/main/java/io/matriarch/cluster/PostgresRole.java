package io.matriarch.cluster;

/** What a member's PostgreSQL is, as published in member keys and status documents. */
public enum PostgresRole {
    PRIMARY("primary"), STANDBY_LEADER("standby_leader"), REPLICA("replica"), DEMOTED("demoted"),
    UNINITIALIZED("uninitialized"), PROMOTED("promoted");

    private final String wire;

    PostgresRole(String wire) {
        this.wire = wire;
    }

    /** The interface string. */
    public String wire() {
        return wire;
    }

    /** Reads the interface string; {@code master} is an old word for primary, anything unknown is a replica. */
    public static PostgresRole ofWire(String text) {
        for (PostgresRole role : values()) {
            if (role.wire.equals(text)) {
                return role;
            }
        }
        return "master".equals(text) ? PRIMARY : REPLICA;
    }
}
