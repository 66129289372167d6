package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Linearizable reads of many clients. They are read where the log is led, since that peer applies first; those that come
 * at the same time travel together and share one barrier.
 *
 * <p>Threads: any.
 */
final class CurrentReads {

    private static final int UNDER_WAY = 2;
    private static final int MOST = 256;
    private static final int WAITING = 8_192;
    /** How long the peer that leads may take before the reads are tried the slow way. */
    private static final Duration ATTEMPT = Duration.ofMillis(700);

    private final Ways ways;
    private final Queue<Waiter> waiting = new ArrayDeque<>();
    private int underWay;

    /** One read, of a user as {@link io.matriarch.store.Command.As} has him. */
    record Read(String user, long authRevision, RangeRequest range) {

        /** What the store says to it. */
        Result of(Store store) {
            return store.mayNotRead(user, authRevision, range.key(), range.rangeEnd())
                    .<Result>map(error -> new Result.ErrorResult(store.revision(), error)).orElseGet(() -> store.range(range));
        }
    }

    /** How reads get answered. */
    interface Ways {

        /** The peer that leads, when it is another one. */
        Optional<HostPort> leader();

        /** Asks that peer; an empty answer, or a failure, when it cannot tell. */
        CompletableFuture<List<Result>> ask(HostPort leader, List<Read> reads, Duration timeout);

        /** Reads here after a barrier; empty when this peer does not get there in time. */
        CompletableFuture<Optional<List<Result>>> here(List<Read> reads, Duration timeout);
    }

    private record Waiter(Read read, long deadline, CompletableFuture<Outcome> outcome) {
    }

    CurrentReads(Ways ways) {
        this.ways = ways;
    }

    CompletableFuture<Outcome> read(Read read, Duration timeout) {
        Waiter waiter = new Waiter(read, System.nanoTime() + timeout.toNanos(), new CompletableFuture<>());
        CompletableFuture<Outcome> bounded = waiter.outcome.completeOnTimeout(new Outcome.Unknown("no answer in time"),
                timeout.toNanos(), TimeUnit.NANOSECONDS);
        synchronized (waiting) {
            if (waiting.size() >= WAITING) {
                waiter.outcome.complete(new Outcome.Unknown("too many reads are waiting"));
                return bounded;
            }
            waiting.add(waiter);
            if (underWay >= UNDER_WAY) {
                return bounded;
            }
            underWay++;
        }
        launch();
        return bounded;
    }

    private void launch() {
        List<Waiter> batch = new ArrayList<>();
        synchronized (waiting) {
            while (batch.size() < MOST && !waiting.isEmpty()) {
                Waiter waiter = waiting.remove();
                if (!waiter.outcome.isDone()) {
                    batch.add(waiter);
                }
            }
            if (batch.isEmpty()) {
                underWay--;
                return;
            }
        }
        long now = System.nanoTime();
        Duration left = Duration.ofNanos(Math.max(1, batch.stream().mapToLong(w -> w.deadline - now).max().orElse(1)));
        List<Read> reads = batch.stream().map(Waiter::read).toList();
        Duration attempt = left.compareTo(ATTEMPT) < 0 ? left : ATTEMPT;
        ways.leader().map(leader -> ways.ask(leader, reads, attempt)).orElseGet(() -> CompletableFuture.completedFuture(List.of()))
                .exceptionally(e -> List.of())
                .thenCompose(results -> results.size() == reads.size() ? CompletableFuture.completedFuture(Optional.of(results))
                        : ways.here(reads, left))
                .thenAccept(results -> {
                    for (int i = 0; i < batch.size(); i++) {
                        batch.get(i).outcome.complete(results.isPresent() ? EmbeddedStore.done(results.get().get(i))
                                : new Outcome.Unknown("this peer is behind"));
                    }
                    launch();
                });
    }
}
