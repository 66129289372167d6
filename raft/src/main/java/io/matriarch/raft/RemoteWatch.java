package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch through the peers of other processes: it asks one for changes from the next revision on, which answers as
 * soon as there are some. Another peer goes on where the last one stopped, so nothing is missed and nothing told twice.
 */
final class RemoteWatch implements ReplicatedStore.Watch {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteWatch.class);
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final Duration SLACK = Duration.ofMillis(700);
    private static final long PAUSE_MILLIS = 100;
    private static final long CUT_OFF_MILLIS = 2_000;

    /** What is watched; {@code next} is 0 until the first answer of a watch from the next change on. */
    record Range(Bytes key, Bytes rangeEnd, long next) {
    }

    private final ReplicatedStore.WatchListener listener;
    private final PeerLinks links;
    private final String group;
    private final List<HostPort> peers;
    private final Threads threads;
    private volatile Range range;
    private volatile int choice;
    private volatile boolean closed;

    RemoteWatch(Range range, ReplicatedStore.WatchListener listener, PeerLinks links, String group,
                List<HostPort> peers, Threads threads) {
        this.range = range;
        this.listener = listener;
        this.links = links;
        this.group = group;
        this.peers = peers;
        this.threads = threads;
    }

    void start() {
        ask();
    }

    boolean isClosed() {
        return closed;
    }

    private void ask() {
        if (closed || peers.isEmpty()) {
            return;
        }
        Range wanted = range;
        // the first question only fixes where the watch begins
        Duration wait = wanted.next() == 0 ? Duration.ofMillis(1) : WAIT;
        byte[] message = PeerEndpoint.frame(group, new WireOut().bytes(wanted.key()).bytes(wanted.rangeEnd())
                .i64(wanted.next()).i64(wait.toMillis()).done());
        links.to(peers.get(Math.floorMod(choice, peers.size()))).call(Rpc.WATCH, message, wait.plus(SLACK))
                .whenCompleteAsync((bytes, failure) -> {
                    if (failure == null) {
                        answered(bytes);
                    } else {
                        choice++;
                        later();
                    }
                }, threads.watches());
    }

    private void answered(byte[] bytes) {
        if (closed) {
            return;
        }
        WireIn in = new WireIn(bytes);
        long age = in.i64();
        WatchBatch batch = WatchBatch.decode(in);
        if (batch.compacted()) {
            closed = true;
            tell(() -> listener.compacted(batch.next()));
            return;
        }
        if (batch.events().isEmpty() && age > CUT_OFF_MILLIS) {
            choice++;
        }
        range = new Range(range.key(), range.rangeEnd(), batch.next());
        if (!batch.events().isEmpty()) {
            tell(() -> listener.changed(batch.next() - 1, batch.events()));
        }
        ask();
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.warn("A watcher failed: {}", e.toString(), e);
        }
    }

    private void later() {
        try {
            threads.timer().schedule(this::ask, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the store is closed: nobody is told anything any more
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
