package io.matriarch.raft;

/** How far the storage of a peer has come towards membership; durable. */
enum Stage {
    /** Knows of no group. */
    EMPTY,
    /** Accepted a charter; whether the group was founded is not known. */
    ACCEPTED,
    /** Found a group of others and waits to be taken in. */
    JOINING,
    /** Belongs to a group. */
    FORMED,
    /** Belonged to a group that goes on without it; never takes part again. */
    REMOVED
}
