package io.matriarch.raft;

import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Proves that a read is current by an entry of the log. All readers that come while one barrier is under way share the
 * next one, so there are never more than two rounds for any number of readers.
 */
final class Barriers {

    private final Proposer proposer;
    private final byte[] barrier = CommandCodec.encode(new Command.Barrier());
    private List<Waiter> waiting = new ArrayList<>();
    private boolean underWay;

    private record Waiter(long deadline, CompletableFuture<Proposer.Fate> fate) {
    }

    Barriers(Proposer proposer) {
        this.proposer = proposer;
    }

    /** Completes after a barrier that began after this call; as late as the barrier itself gives up. */
    CompletableFuture<Proposer.Fate> pass(Duration timeout) {
        Waiter waiter = new Waiter(System.nanoTime() + timeout.toNanos(), new CompletableFuture<>());
        synchronized (this) {
            waiting.add(waiter);
            if (underWay) {
                return waiter.fate;
            }
            underWay = true;
        }
        launch();
        return waiter.fate;
    }

    private void launch() {
        List<Waiter> batch;
        synchronized (this) {
            batch = waiting;
            waiting = new ArrayList<>();
            if (batch.isEmpty()) {
                underWay = false;
                return;
            }
        }
        long now = System.nanoTime();
        long longest = batch.stream().mapToLong(w -> w.deadline - now).max().orElse(1);
        proposer.propose(barrier, Duration.ofNanos(Math.max(1, longest)), Proposer.Lane.URGENT).thenAccept(fate -> {
            batch.forEach(w -> w.fate.complete(fate));
            launch();
        });
    }
}
