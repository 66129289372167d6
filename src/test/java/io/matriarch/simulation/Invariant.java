package io.matriarch.simulation;

/** A property that holds at every moment. One class each; those about a single kind of event are told of it. */
interface Invariant {

    /** Its name in failures and in the summary. */
    String name();

    /** The count, among those of the world, that says how often it looked: it looks at every occurrence of that. */
    String looksAt();

    /** Looks at the world after an event; reports a breach to it. */
    default void afterEvent(World world) {
    }

    /** A server acknowledged a commit that ends there. */
    default void acknowledged(World world, Host host, Branch.Point commit) {
    }

    /** An agent has just told its server to become primary. */
    default void becomingPrimary(World world, Host host) {
    }

    /** A server became primary on a new timeline; acknowledged commits that it lacks have not been dropped yet. */
    default void promoted(World world, Host host) {
    }

    /** The data directory of a server is about to be emptied. */
    default void discarding(World world, Host host) {
    }

    /** A new cluster was made on a server. */
    default void founded(World world, Host host) {
    }

    /** A server that could write was ended. */
    default void ended(World world, Host host, boolean byAgent) {
    }
}
