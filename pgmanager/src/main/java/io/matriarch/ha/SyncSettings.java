package io.matriarch.ha;

/**
 * How replication is to be synchronous, as the config key says.
 *
 * @param strict     commits wait even when no replica is there
 * @param nodeCount  how many replicas have a commit before it is acknowledged, besides the primary; at least 1
 * @param maximumLag bytes a replica may lag behind to be chosen; zero or less means no limit
 */
public record SyncSettings(Mode mode, boolean strict, int nodeCount, long maximumLag) {

    public static final SyncSettings OFF = new SyncSettings(Mode.OFF, false, 1, -1);

    public boolean isOn() {
        return mode != Mode.OFF;
    }

    /** Which standbys a commit waits for. */
    public enum Mode {
        /** None that Matriarch names; PostgreSQL's own setting is left alone. */
        OFF,
        /** Each of some named standbys. */
        PRIORITY,
        /** Any so many of the named standbys. */
        QUORUM
    }
}
