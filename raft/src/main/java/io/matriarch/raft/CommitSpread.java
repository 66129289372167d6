package io.matriarch.raft;

import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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
    private final Executor executor;
    private final AtomicBoolean planned = new AtomicBoolean();
    private final byte[] empty = CommandCodec.encode(new Command.Barrier());

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
                server.get().ifPresent(s -> s.submit(new Call(CLIENT, System.nanoTime(), empty)));
            });
        } catch (RejectedExecutionException e) {
            // so much is being submitted that the next entry tells of this one, or the peer is being closed
            planned.set(false);
        }
    }
}
