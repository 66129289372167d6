package io.matriarch.raft;

import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.CommandCodec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Puts commands that come at the same time into one entry of the log: what many clients send costs little more than
 * what one sends. A command that comes alone does not wait for others.
 *
 * <p>Threads: any. Commands are applied in the order they came, each by itself.
 */
final class Batches {

    private static final int UNDER_WAY = 2;
    private static final int MOST_COMMANDS = 256;
    private static final int MOST_BYTES = 512 << 10;
    private static final int WAITING = 8_192;

    private final Proposer proposer;
    private final Queue<Waiter> waiting = new ArrayDeque<>();
    private int underWay;

    private record Waiter(byte[] command, long deadline, CompletableFuture<Outcome> outcome) {
    }

    Batches(Proposer proposer) {
        this.proposer = proposer;
    }

    CompletableFuture<Outcome> propose(byte[] command, Duration timeout) {
        Waiter waiter = new Waiter(command, System.nanoTime() + timeout.toNanos(), new CompletableFuture<>());
        synchronized (waiting) {
            if (waiting.size() >= WAITING) {
                waiter.outcome.complete(new Outcome.Unknown("too many proposals are waiting"));
                return waiter.outcome;
            }
            waiting.add(waiter);
            if (underWay >= UNDER_WAY) {
                return bounded(waiter, timeout);
            }
            underWay++;
        }
        launch();
        return bounded(waiter, timeout);
    }

    private static CompletableFuture<Outcome> bounded(Waiter waiter, Duration timeout) {
        return waiter.outcome.completeOnTimeout(new Outcome.Unknown("no answer in time"), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void launch() {
        List<Waiter> batch = next();
        if (batch.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        long longest = batch.stream().mapToLong(w -> w.deadline - now).max().orElse(1);
        byte[] entry = batch.size() == 1 ? batch.get(0).command : BatchCodec.encode(batch.stream().map(Waiter::command).toList());
        proposer.propose(entry, Duration.ofNanos(Math.max(1, longest)), Proposer.Lane.ORDINARY).thenAccept(fate -> {
            answer(batch, fate);
            launch();
        });
    }

    /** What goes next; when nothing does, one batch less is under way. */
    private List<Waiter> next() {
        List<Waiter> batch = new ArrayList<>();
        int bytes = 0;
        synchronized (waiting) {
            for (Waiter first = waiting.peek(); first != null && batch.size() < MOST_COMMANDS
                    && (batch.isEmpty() || bytes + first.command.length <= MOST_BYTES); first = waiting.peek()) {
                waiting.remove();
                // one whose client has given up is not sent: it was never seen by anyone
                if (!first.outcome.isDone()) {
                    batch.add(first);
                    bytes += first.command.length;
                }
            }
            if (batch.isEmpty()) {
                underWay--;
            }
        }
        return batch;
    }

    private static void answer(List<Waiter> batch, Proposer.Fate fate) {
        if (batch.size() == 1 || !(fate instanceof Proposer.Fate.Committed committed) || committed.reply().again()) {
            batch.forEach(waiter -> waiter.outcome.complete(EmbeddedStore.outcome(fate)));
            return;
        }
        List<byte[]> results = BatchCodec.decodeResults(committed.reply().result());
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).outcome.complete(EmbeddedStore.done(CommandCodec.decodeResult(results.get(i))));
        }
    }
}
