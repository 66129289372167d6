package io.matriarch.cluster;

/** The state of a member's PostgreSQL, as published; the ordinal is the value of the metric. */
public enum PostgresState {
    INITDB("initializing new cluster"), INITDB_FAILED("initdb failed"),
    CUSTOM_BOOTSTRAP("running custom bootstrap script"), CUSTOM_BOOTSTRAP_FAILED("custom bootstrap failed"),
    CREATING_REPLICA("creating replica"), RUNNING("running"), STARTING("starting"),
    BOOTSTRAP_STARTING("starting after custom bootstrap"), START_FAILED("start failed"), RESTARTING("restarting"),
    RESTART_FAILED("restart failed"), STOPPING("stopping"), STOPPED("stopped"), STOP_FAILED("stop failed"),
    CRASHED("crashed");

    private final String wire;

    PostgresState(String wire) {
        this.wire = wire;
    }

    /** The interface string. */
    public String wire() {
        return wire;
    }
}
