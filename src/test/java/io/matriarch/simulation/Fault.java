package io.matriarch.simulation;

/** The kinds of things that go wrong, or that operators do, in a simulation. */
enum Fault {
    /** The agent and its peer die; PostgreSQL runs on. Restarted after a while. */
    AGENT_KILL,
    /** Everything on the machine dies at once. Booted after a while. */
    NODE_CRASH,
    /** Every machine loses power at once. */
    POWER_CUT,
    /** The postmaster dies, sometimes leaving a backend that still acknowledges commits. */
    POSTGRES_CRASH,
    /** PostgreSQL stops being scheduled for a while. */
    POSTGRES_FREEZE,
    /** The agent stops being scheduled for a while. */
    AGENT_FREEZE,
    /** The guard dies, and the postmaster with it, sometimes leaving a backend that still acknowledges commits. */
    GUARD_KILL,
    /** Guard and agent die. The agent is restarted after a while. */
    GUARD_AND_AGENT_KILL,
    /** The guard stops being scheduled for a while. */
    GUARD_FREEZE,
    /** The next agent that has looked at its lock for the last time before it makes a primary stalls right then. */
    STALL_AT_THE_LAST_LOOK,
    /** Everything on a machine stops being scheduled for a while, and resumes in any order within some milliseconds. */
    MACHINE_FREEZE,
    /** A machine is suspended: as if frozen, and its monotonic clock stands still. */
    SUSPENSION,
    /** Replay on a replica stops for a while, as in a recovery conflict; it goes on receiving. */
    REPLAY_STOP,
    /** No packet passes between one machine and the others. */
    ISOLATION,
    /** Packets pass one way only between two machines. */
    ONE_WAY_CUT,
    /** The machines fall into two groups. */
    SPLIT,
    /** The Raft leader steps down. */
    RAFT_LEADER_CHANGE,
    /** Requests and answers of the store are lost for a while. */
    LOSS,
    /** Packets take many times longer for a while. */
    SLOW_NETWORK,
    /** The wall clock of a machine is set. */
    WALL_JUMP,
    /** Replication falls behind for a while. */
    REPLICATION_LAG,
    /** PostgreSQL takes long to start and to be promoted for a while. */
    SLOW_START,
    SWITCHOVER,
    FAILOVER,
    RESTART,
    REINITIALIZE,
    PAUSE,
    CONFIG_CHANGE;

    boolean isOperator() {
        return ordinal() >= SWITCHOVER.ordinal();
    }
}
