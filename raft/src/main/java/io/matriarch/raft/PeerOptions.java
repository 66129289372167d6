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
        return new PeerOptions(InstantSource.system(), Duration.ofMillis(500), Duration.ofMillis(1000), 10_000);
    }

    /** The same with another distance between snapshots. */
    public PeerOptions withSnapshotEntries(int entries) {
        return new PeerOptions(clock, electionMin, electionMax, entries);
    }
}
