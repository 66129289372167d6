package io.matriarch.simulation;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The store as an operator beside the Raft leader reaches it: at once, or not at all while there is no leader. */
final class OperatorStore implements ReplicatedStore {

    private final SimulatedRaft raft;

    OperatorStore(SimulatedRaft raft) {
        this.raft = raft;
    }

    @Override
    public CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        return CompletableFuture.completedFuture(raft.commitAtOnce(command));
    }

    @Override
    public CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        return CompletableFuture.completedFuture(
                new Outcome.Done(new Applied(raft.newest().range(request), List.of())));
    }

    @Override
    public Duration localAge() {
        return Duration.ZERO;
    }

    @Override
    public Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        throw new UnsupportedOperationException("an operator does not watch");
    }

    @Override
    public void close() {
        // Nothing was opened.
    }
}
