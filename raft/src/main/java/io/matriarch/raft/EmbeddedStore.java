package io.matriarch.raft;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.StoreError;
import io.matriarch.store.StoreLimits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The store as the process of a peer uses it: proposals go to whoever leads, reads come from the applied state.
 *
 * <p>A linearizable read waits for a barrier and for the local application up to it; when this peer is behind, another
 * one is asked instead. The events of an answer are always empty: watchers get them.
 */
final class EmbeddedStore implements ReplicatedStore {

    /** How long a read waits for this peer to apply what is committed before it asks another one. */
    private static final Duration LOCAL_PATIENCE = Duration.ofMillis(300);

    private final AppliedState state;
    private final WatchHub watches;
    private final Proposer proposer;
    private final Barriers barriers;
    private final Batches batches;
    private final RemoteReads others;
    private final Executor replies;
    private volatile java.util.function.Supplier<Duration> age = () -> Duration.ofDays(365);

    EmbeddedStore(AppliedState state, WatchHub watches, Proposer proposer, RemoteReads others, Executor replies) {
        this.state = state;
        this.watches = watches;
        this.proposer = proposer;
        this.barriers = new Barriers(proposer);
        this.batches = new Batches(proposer);
        this.others = others;
        this.replies = replies;
    }

    void ageFrom(java.util.function.Supplier<Duration> source) {
        this.age = source;
    }

    @Override
    public CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        byte[] bytes = CommandCodec.encode(command);
        if (bytes.length > StoreLimits.STANDARD.requestBytes()) {
            return tooLarge(state.revision());
        }
        // what clients of the adapter send goes together; what this process itself has to say never waits for them
        return command instanceof Command.As && !isUrgent(command) ? batches.propose(bytes, timeout)
                : proposer.propose(bytes, timeout, lane(command)).thenApply(EmbeddedStore::outcome);
    }

    private static CompletableFuture<Outcome> tooLarge(long revision) {
        return CompletableFuture.completedFuture(done(new Result.ErrorResult(revision, StoreError.REQUEST_TOO_LARGE)));
    }

    private static Proposer.Lane lane(Command command) {
        return isUrgent(command) ? Proposer.Lane.URGENT : Proposer.Lane.ORDINARY;
    }

    private static boolean isUrgent(Command command) {
        Command bare = Command.bare(command);
        return bare instanceof Command.LeaseRenew || bare instanceof Command.LeaseExpire || bare instanceof Command.Barrier;
    }

    static CompletableFuture<Outcome> propose(Proposer proposer, long revision, Command command, Duration timeout) {
        byte[] bytes = CommandCodec.encode(command);
        if (bytes.length > StoreLimits.STANDARD.requestBytes()) {
            return tooLarge(revision);
        }
        return proposer.propose(bytes, timeout, lane(command)).thenApply(EmbeddedStore::outcome);
    }

    static Outcome outcome(Proposer.Fate fate) {
        if (fate instanceof Proposer.Fate.Committed committed) {
            if (committed.reply().again()) {
                return new Outcome.Unknown("applied by an earlier attempt whose answer is lost");
            }
            return done(CommandCodec.decodeResult(committed.reply().result()));
        }
        return new Outcome.Unknown(((Proposer.Fate.Lost) fate).why());
    }

    static Outcome done(Result result) {
        return new Outcome.Done(new Applied(result, List.of()));
    }

    @Override
    public CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        if (consistency == Consistency.LOCAL) {
            return CompletableFuture.completedFuture(done(state.range(request)));
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        return linearizable(request, timeout, LOCAL_PATIENCE).thenCompose(here -> {
            if (here.isPresent()) {
                return CompletableFuture.completedFuture(here.get());
            }
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            return others.range(request, Consistency.LINEARIZABLE, left);
        }).completeOnTimeout(new Outcome.Unknown("no answer in time"), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Reads from this peer alone.
     *
     * @return empty when a barrier was committed but this peer did not apply it in time
     */
    CompletableFuture<Optional<Outcome>> linearizable(RangeRequest request, Duration timeout, Duration patience) {
        return barriers.pass(timeout).thenCompose(fate -> {
            if (fate instanceof Proposer.Fate.Lost lost) {
                return CompletableFuture.completedFuture(Optional.of(new Outcome.Unknown(lost.why())));
            }
            long index = ((Proposer.Fate.Committed) fate).index();
            return state.reached(index).thenApply(v -> true)
                    .completeOnTimeout(false, patience.toNanos(), TimeUnit.NANOSECONDS)
                    .thenApplyAsync(here -> here ? Optional.of(done(state.range(request))) : Optional.empty(), replies);
        });
    }

    /** Reads from this peer alone, all after one barrier; empty when it does not get there in time. */
    CompletableFuture<Optional<List<Result>>> readHere(List<CurrentReads.Read> reads, Duration timeout) {
        return current(timeout).thenApply(here -> here
                ? Optional.of(state.read(s -> reads.stream().map(read -> read.of(s)).toList())) : Optional.empty());
    }

    /** Completes when this peer has applied what was committed before the call; false when it does not get there in time. */
    CompletableFuture<Boolean> current(Duration timeout) {
        return barriers.pass(timeout).thenCompose(fate -> fate instanceof Proposer.Fate.Committed committed
                ? state.reached(committed.index()).thenApply(v -> true) : CompletableFuture.completedFuture(false))
                .completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS)
                .thenApplyAsync(here -> here, replies);
    }

    @Override
    public Duration localAge() {
        return age.get();
    }

    @Override
    public Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        return watches.watch(key, rangeEnd, startRevision, listener);
    }

    @Override
    public void close() {
        proposer.close();
        watches.close();
    }
}
