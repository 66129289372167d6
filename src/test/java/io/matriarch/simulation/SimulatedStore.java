package io.matriarch.simulation;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The replicated store as one machine reaches it. A call of the agent's loop waits here, so that its future is complete
 * when returned; within {@link #asynchronously} futures complete by a later event.
 */
final class SimulatedStore implements ReplicatedStore {

    private static final String NO_ANSWER = "no answer in time";

    private final SimulatedRaft raft;
    private final RaftPeer peer;
    private final Machine machine;
    private boolean asynchronous;

    SimulatedStore(SimulatedRaft raft, RaftPeer peer) {
        this.raft = raft;
        this.peer = peer;
        this.machine = peer.machine();
    }

    /** Runs a call whose future may complete later. */
    <T> T asynchronously(java.util.function.Supplier<T> call) {
        boolean before = asynchronous;
        asynchronous = true;
        try {
            return call.get();
        } finally {
            asynchronous = before;
        }
    }

    @Override
    public CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        return send(command, Optional.empty(), timeout);
    }

    @Override
    public CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        if (consistency == Consistency.LINEARIZABLE) {
            return send(new Command.Barrier(), Optional.of(request), timeout);
        }
        return CompletableFuture.completedFuture(
                new Outcome.Done(new Applied(peer.store().range(request), List.of())));
    }

    private CompletableFuture<Outcome> send(Command command, Optional<RangeRequest> read, Duration timeout) {
        long nanos = machine.clock().toReal(timeout.toNanos());
        if (asynchronous) {
            return raft.submit(machine, command, read, nanos).answer();
        }
        Proposal proposal = raft.submit(machine, command, read, nanos);
        machine.await(nanos, proposal.answer());
        proposal.answer().complete(new Outcome.Unknown(NO_ANSWER));
        return proposal.answer();
    }

    @Override
    public Duration localAge() {
        return Duration.ofNanos(machine.clock().toLocal(raft.localAge(peer)));
    }

    @Override
    public Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        RaftPeer.RangeWatch watch = peer.watch(key, rangeEnd, listener);
        if (startRevision > 0) {
            peer.store().eventsSince(startRevision).ifPresent(missed -> missed.forEach(
                    events -> listener.changed(events.get(0).kv().modRevision(), events)));
        }
        return watch;
    }

    @Override
    public void close() {
        // The peer belongs to the world, which ends it together with the agent.
    }
}
