package io.matriarch.dcs;

import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Store;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What only the process of a peer can see: the state that its own peer has applied.
 *
 * <p>Threads: any; nothing here waits for the network.
 */
public interface LocalState {

    /**
     * Reads the state as it is after a whole entry of the log. The function must be quick, since no entry is applied
     * meanwhile, and must not keep the store.
     */
    <T> T read(Function<Store, T> reader);

    /**
     * Completes with true when this peer has applied everything that was acknowledged anywhere before the call, so
     * that a {@link #read} from then on is linearizable; with false when that was not reached in time. Proven by an
     * entry of the log; calls that wait at the same time share one. Never completes exceptionally, and completes on a
     * thread that dependents must not block.
     */
    CompletableFuture<Boolean> current(Duration timeout);

    /**
     * A linearizable read for a user, wherever it is answered soonest; reads that wait at the same time travel together.
     *
     * @param user         see {@link io.matriarch.store.Command.As}, as for {@code authRevision}
     * @return Done with a range or a refusal, or Unknown when no answer came in time; never fails
     */
    CompletableFuture<Outcome> range(String user, long authRevision, RangeRequest request, Duration timeout);

    /** How long a lease still runs by this peer's clock, in milliseconds, not below 0; empty when it is not there. */
    OptionalLong leaseLeftMillis(long id);
}
