package io.matriarch.raft;

import io.matriarch.dcs.LocalState;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Store;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The applied state of a peer, for others in its process. */
final class PeerState implements LocalState {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final AppliedState state;
    private final EmbeddedStore store;
    private final CurrentReads reads;
    private final LeaseClock leases;

    PeerState(AppliedState state, EmbeddedStore store, CurrentReads reads, LeaseClock leases) {
        this.state = state;
        this.reads = reads;
        this.store = store;
        this.leases = leases;
    }

    @Override
    public <T> T read(Function<Store, T> reader) {
        return state.read(reader);
    }

    @Override
    public CompletableFuture<Boolean> current(Duration timeout) {
        return store.current(timeout);
    }

    @Override
    public CompletableFuture<Outcome> range(String user, long authRevision, RangeRequest request, Duration timeout) {
        return reads.read(new CurrentReads.Read(user, authRevision, request), timeout);
    }

    @Override
    public OptionalLong leaseLeftMillis(long id) {
        OptionalLong left = leases.left(id, System.nanoTime());
        return left.isEmpty() ? left : OptionalLong.of(left.getAsLong() / NANOS_PER_MILLI);
    }
}
