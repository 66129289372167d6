package io.matriarch.raft;

import java.time.Duration;
import java.time.InstantSource;

/**
 * What an operator does not choose.
 *
 * @param clock           wall time, put into entries for display only
 * @param electionMin     shortest time without a Raft leader before an election
 * @param electionMax     longest time
 * @param snapshotEntries a snapshot is taken after this many entries of the log
 */
public record PeerOptions(InstantSource clock, Duration electionMin, Duration electionMax, int snapshotEntries) {

    /** The values measured for real machines. */
    public static PeerOptions standard() {
        // half of the shortest time is the heartbeat; this way one falls between two renewals of the lock, not two
        return new PeerOptions(InstantSource.system(), Duration.ofMillis(560), Duration.ofMillis(1060), 10_000);
    }

    /** The same with another distance between snapshots. */
    public PeerOptions withSnapshotEntries(int entries) {
        return new PeerOptions(clock, electionMin, electionMax, entries);
    }
}
