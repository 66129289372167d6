package io.matriarch.raft;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How old the applied state may be. It was current at the last contact with the Raft leadership at which nothing was
 * left to apply. Threads: any.
 */
final class Age {

    private static final long NEVER = Long.MIN_VALUE;
    private static final Duration UNKNOWN = Duration.ofDays(365);

    private final LongSupplier nanoTime;
    private final AtomicLong currentAt = new AtomicLong(NEVER);

    Age(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Everything known as committed is applied, and the leadership was heard of so long ago. */
    void current(long contactMillis) {
        long at = nanoTime.getAsLong() - TimeUnit.MILLISECONDS.toNanos(contactMillis);
        currentAt.updateAndGet(known -> known == NEVER || at - known > 0 ? at : known);
    }

    Duration get() {
        long at = currentAt.get();
        return at == NEVER ? UNKNOWN : Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - at));
    }

    /** The same after a look at the server. */
    Duration get(EmbeddedServer server) {
        look(server);
        return get();
    }

    /** An entry was applied; when it is the last one known as committed, the state is current. Cheap. */
    void applied(EmbeddedServer server, long index) {
        server.division().filter(d -> d.getInfo().getLeaderId() != null
                && index >= d.getRaftLog().getLastCommittedIndex()).ifPresent(d -> current(0));
    }

    private void look(EmbeddedServer server) {
        server.division().filter(d -> server.isMember()
                && d.getStateMachine().getLastAppliedTermIndex().getIndex() >= d.getRaftLog().getLastCommittedIndex())
                .ifPresent(d -> server.contactMillis().ifPresent(this::current));
    }
}
