package io.matriarch.raft;

import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Lets followers apply what the Raft leader has committed at once, where somebody waits for it. Left alone they learn of
 * a commit with the next message, which comes within a quarter of a second; that is soon enough for renewals of leases,
 * which are most of all entries. For all others an empty entry follows, which carries the word.
 *
 * <p>Threads: any; never blocks. Many wishes at the same time become one entry.
 */
final class CommitSpread {

    /** In whose name the empty entries are proposed: nobody waits for them. */
    static final UUID CLIENT = UUID.nameUUIDFromBytes(new byte[] {'s', 'p', 'r', 'e', 'a', 'd'});

    private final Supplier<Optional<EmbeddedServer>> server;
    /** Where commits follow each other closely, one entry for all of this time is soon enough, and costs less than each of theirs. */
    private static final long GAP_NANOS = 5_000_000;

    private final ScheduledExecutorService timer;
    private final Executor executor;
    private volatile long last = System.nanoTime() - GAP_NANOS;
    private final AtomicBoolean planned = new AtomicBoolean();
    private final byte[] empty = CommandCodec.encode(new Command.Barrier());

    CommitSpread(Supplier<Optional<EmbeddedServer>> server, ScheduledExecutorService timer, Executor executor) {
        this.server = server;
        this.timer = timer;
        this.executor = executor;
    }

    /** Somebody waits for the newest commit on another peer. Nothing happens where this peer does not lead. */
    void wanted() {
        if (server.get().filter(EmbeddedServer::leading).isEmpty() || !planned.compareAndSet(false, true)) {
            return;
        }
        try {
            long wait = last + GAP_NANOS - System.nanoTime();
            if (wait <= 0) {
                executor.execute(this::spread);
            } else {
                timer.schedule(this::spread, wait, TimeUnit.NANOSECONDS);
            }
        } catch (RejectedExecutionException e) {
            // so much is being submitted that the next entry tells of this one, or the peer is being closed
            planned.set(false);
        }
    }

    private void spread() {
        last = System.nanoTime();
        planned.set(false);
        server.get().ifPresent(s -> s.submit(new Call(CLIENT, System.nanoTime(), empty)));
    }
}
