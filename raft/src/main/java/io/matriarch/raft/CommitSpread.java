package io.matriarch.raft;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Lets followers apply what the Raft leader has committed at once, where somebody waits for it. Left alone they learn of
 * a commit with the next message, which comes within a quarter of a second; that is soon enough for renewals of leases,
 * which are most of all entries, and this way cost one message each.
 *
 * <p>Threads: any; never blocks. Many wishes at the same time become one message.
 */
final class CommitSpread {

    private final Supplier<Optional<EmbeddedServer>> server;
    private final Executor executor;
    private final AtomicBoolean planned = new AtomicBoolean();

    CommitSpread(Supplier<Optional<EmbeddedServer>> server, Executor executor) {
        this.server = server;
        this.executor = executor;
    }

    /** Somebody waits for the newest commit on another peer. Nothing happens where this peer does not lead. */
    void wanted() {
        if (server.get().filter(EmbeddedServer::leading).isEmpty() || !planned.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(() -> {
                planned.set(false);
                server.get().ifPresent(EmbeddedServer::confirmLeadership);
            });
        } catch (RejectedExecutionException e) {
            // so much is being submitted that the next entry tells of this one, or the peer is being closed
            planned.set(false);
        }
    }
}
