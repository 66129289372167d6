package io.matriarch.ha;

/** The name of a branch of the {@link Decider}: logged, counted, kept in the journal. Names never change their meaning. */
public enum Rule {
    // Safety
    /** The hold was lost and nothing writes: stop renewing. */
    LOCK_LOST,
    /** Something may write and the store shows that the lock is not ours. */
    FENCE_NO_LOCK,
    /** Something may write and the lock could not be renewed in time. */
    FENCE_NOT_RENEWED,
    /** Something may write, the proven time is over and the store does not answer. */
    FENCE_STORE_UNREACHABLE,
    /** The lock was lost while a promotion or a start as primary was under way. */
    FENCE_DURING_TASK,
    /** The store says the lock is ours: renew it. */
    ADOPT_LOCK,
    /** A primary was found running; proof of its lock is awaited for a bounded time. */
    ADOPTION_WAITS,
    /** A primary was found running and nobody holds the lock: ask whether another has taken over. */
    ADOPTION_ASKS,
    /** A running primary takes the lock that nobody holds. */
    ACQUIRE_IN_PLACE,
    /** The lock is awaited: its renewal, or the end of one that is not to be used any more. */
    LOCK_PENDING,

    /** The holder of the lock asked for this member's vote: cut it from every earlier holder. */
    CUT,
    /** The store is away, and every other member has promised not to take the lock. */
    FAILSAFE,
    /** Nobody is seen to hold the lock, and this member has promised not to take it. */
    FAILSAFE_PROMISED,
    /** A lapse of the lock that nobody has used yet, while every commit is safe with other members. */
    LAPSE,

    // The end of the process
    SHUTDOWN_PAUSED, SHUTDOWN_STOPS, SHUTDOWN_CANCELS, SHUTDOWN_FENCES, SHUTDOWN_RELEASES, SHUTDOWN_ENDS,

    // Long operations
    /** A long operation is under way. */
    TASK_RUNS,
    /** A forced reinitialization ends the operation under way. */
    CANCEL_FOR_REINITIALIZE,

    // Data and identity
    /** The data directory belongs to another cluster. */
    WRONG_CLUSTER, RELEASE_WRONG_CLUSTER,
    RELEASE_WITHOUT_DATA, FENCE_WITHOUT_DATA, DATA_UNREADABLE, DATA_DAMAGED,
    /** Nobody has founded the cluster: claim it and run initdb. */
    BOOTSTRAP,
    BOOTSTRAP_FAILED,
    /** The bootstrapped primary takes the first lock. */
    FOUNDED,
    /** The bootstrapped primary cannot take the first lock yet. */
    FOUNDATION_WAITS,
    /** No data here; others that come up at the same time may have some. */
    WAIT_FOR_DATA,
    /** No data here, and nobody to take it from yet. */
    WAIT_FOR_FOUNDER,
    /** No data here: take a base backup. */
    CLONE,
    /** There is data and no system identifier in the store. */
    CLAIM_EXISTING_DATA,

    // The race
    STARTING_UNLOCKED, RACE_NOT_ALLOWED, RACE_BACKOFF, RACE_ASKS, RACE_NOT_HEALTHIEST, RACE_AWAITS_RESUME, ACQUIRE,

    // The election of the holder where commits are synchronous
    /** The lock is held: the voters cut themselves and vote. */
    COLLECT_CUTS,
    /** Not enough voters: the lock is given up for a while. */
    RELEASE_WITHOUT_VOTES,
    /** A voter has more of the log: the lock goes to it. */
    HAND_OVER_TO_VOTER,
    /** A voter has more of the log and may not be promoted: the lock is given up. */
    RELEASE_BEHIND_VOTER,
    /** Elected: the sync key and the standbys to wait for come before the promotion. */
    PREPARE_PROMOTION,

    // The holder of the lock
    /** All is well: primary with the lock. */
    LEADING,
    /** A primary that already ran has got the lock. */
    ACQUIRED_AS_PRIMARY,
    PROMOTE, PROMOTE_BACKOFF, GIVE_UP_PROMOTION,
    /** PostgreSQL died under the lock: start it in place. */
    START_PRIMARY,
    /** A stopped replica got the lock: start it, then promote. */
    START_READONLY,
    PRIMARY_STARTS,
    /** The primary does not answer, not for long yet. */
    PRIMARY_SILENT,
    /** The primary does not answer and another member can take over. */
    FROZEN_PRIMARY,
    GIVE_UP_ASKS, GIVE_UP_START,
    /** The primary does not come up, and nobody else can take over. */
    NOBODY_ELSE,

    /** The primary takes the next step of synchronous replication. */
    SYNC_STEP,

    // Switchover and manual failover
    SWITCHOVER_ASKS, SWITCHOVER_CLEARED, SWITCHOVER_STOPS, SWITCHOVER_FENCES, SWITCHOVER_CATCHES_UP,
    SWITCHOVER_ABANDONED,
    /** The lock goes to the candidate, with the position of the shutdown. */
    HAND_OVER,

    // Replicas
    /** All is well: replica of the holder of the lock. */
    FOLLOWING,
    /** The holder of the lock is one that this member was cut from: nothing is followed until there is a later one. */
    CUT_OFF,
    /** A new holder of the lock may ask for this voter's log; until then it is not followed. */
    AWAIT_CUT,
    START_REPLICA, START_BACKOFF, STARTING_REPLICA, FOLLOW, FOLLOW_BACKOFF,
    /** The upstream is right and nothing streams: settle a divergence if there is one. */
    FOLLOW_AGAIN,
    /** The upstream is right and ready and nothing streams yet: have PostgreSQL try at once. */
    NUDGE,

    // Operators
    RESTART, REINITIALIZE,

    // Pause
    PAUSED_PRIMARY, PAUSED_RELEASES, PAUSED_STOPPED, PAUSED_WAITS, PAUSED_EMPTY,

    /** The store does not answer and nothing is to be protected. */
    STORE_UNREACHABLE
}
