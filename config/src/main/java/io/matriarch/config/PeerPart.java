package io.matriarch.config;

/**
 * What a peer is in its group.
 *
 * @param listener     it gets the log and has no vote
 * @param leavesOnStop a clean stop hands in the vote, and the next start takes it back: the quorum shrinks meanwhile
 */
public record PeerPart(boolean listener, boolean leavesOnStop) {

    /** Has a vote, and keeps it while it is stopped. */
    public static final PeerPart VOTER = new PeerPart(false, false);
}
