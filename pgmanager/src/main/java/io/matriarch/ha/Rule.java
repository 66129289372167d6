package io.matriarch.ha;

/** The name of a branch of the {@link Decider}: logged, counted, kept in the journal. Names never change their meaning. */
public enum Rule {
    /** The store does not answer and nothing is to be protected. */
    STORE_UNREACHABLE
}
