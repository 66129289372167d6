package io.matriarch.raft;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells watchers what changed.
 *
 * <p>There is no queue of events: a watcher remembers the next revision it needs and fetches from the history of the
 * store whenever something changed. So a slow watcher costs no memory, misses nothing that is retained, and learns
 * when something is not.
 */
final class WatchHub implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

    private final Executor executor;
    private final Set<Feed> feeds = ConcurrentHashMap.newKeySet();
    private volatile AppliedState state;

    WatchHub(Executor executor) {
        this.executor = executor;
    }

    /** Names the state to read from; once, before the first watch. */
    void attach(AppliedState source) {
        this.state = source;
    }

    ReplicatedStore.Watch watch(Bytes key, Bytes rangeEnd, long start, ReplicatedStore.WatchListener listener) {
        long next = start > 0 ? start : state.revision() + 1;
        Feed feed = new Feed(key, rangeEnd, next, listener);
        feeds.add(feed);
        feed.signal();
        return feed;
    }

    /**
     * Waits for the next changes of a range.
     *
     * @return the changes of one revision, or none when the time is over; and the revision to go on from
     */
    CompletableFuture<WatchBatch> once(Bytes key, Bytes rangeEnd, long start, Duration wait) {
        CompletableFuture<WatchBatch> batch = new CompletableFuture<>();
        long from = start > 0 ? start : state.revision() + 1;
        Feed feed = new Feed(key, rangeEnd, from, new ReplicatedStore.WatchListener() {
            @Override
            public void changed(long revision, List<Event> events) {
                batch.complete(new WatchBatch(false, revision + 1, events));
            }

            @Override
            public void compacted(long compactRevision) {
                batch.complete(new WatchBatch(true, compactRevision, List.of()));
            }
        });
        feeds.add(feed);
        feed.signal();
        return batch.completeOnTimeout(null, wait.toMillis(), TimeUnit.MILLISECONDS).thenApply(b -> {
            feed.close();
            return b == null ? new WatchBatch(false, feed.next, List.of()) : b;
        });
    }

    /** Something changed; returns at once. */
    void changed() {
        feeds.forEach(Feed::signal);
    }

    @Override
    public void close() {
        feeds.forEach(Feed::close);
    }

    private final class Feed implements ReplicatedStore.Watch, Runnable {

        private final Bytes key;
        private final Bytes rangeEnd;
        private final ReplicatedStore.WatchListener listener;
        private final AtomicInteger signals = new AtomicInteger();
        private volatile long next;
        private volatile boolean closed;

        Feed(Bytes key, Bytes rangeEnd, long next, ReplicatedStore.WatchListener listener) {
            this.key = key;
            this.rangeEnd = rangeEnd;
            this.next = next;
            this.listener = listener;
        }

        void signal() {
            if (!closed && signals.getAndIncrement() == 0) {
                try {
                    executor.execute(this);
                } catch (RejectedExecutionException e) {
                    // the peer is being closed; nobody is told anything any more
                    closed = true;
                }
            }
        }

        @Override
        public void run() {
            int seen = signals.get();
            while (seen != 0) {
                deliver();
                seen = signals.addAndGet(-seen);
            }
        }

        private void deliver() {
            if (closed) {
                return;
            }
            long[] compacted = {0};
            Optional<List<List<Event>>> news = state.read(s -> {
                compacted[0] = s.compactedRevision();
                return s.revision() < next ? Optional.of(List.of()) : s.eventsSince(next);
            });
            if (news.isEmpty()) {
                close();
                call(() -> listener.compacted(compacted[0]));
                return;
            }
            for (List<Event> revision : news.get()) {
                if (closed) {
                    return;
                }
                deliver(revision);
            }
        }

        private void deliver(List<Event> revision) {
            if (revision.isEmpty()) {
                return;
            }
            long number = revision.get(0).kv().modRevision();
            List<Event> mine = revision.stream()
                    .filter(e -> AppliedState.inRange(e.kv().key(), key, rangeEnd)).toList();
            if (number >= next && !mine.isEmpty()) {
                call(() -> listener.changed(number, mine));
            }
            next = Math.max(next, number + 1);
        }

        private void call(Runnable listenerCall) {
            try {
                listenerCall.run();
            } catch (RuntimeException e) {
                LOG.warn("A watcher failed: {}", e.toString(), e);
            }
        }

        @Override
        public long seen() {
            return next - 1;
        }

        @Override
        public void close() {
            closed = true;
            feeds.remove(this);
        }
    }
}
