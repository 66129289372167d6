package io.matriarch.etcdapi;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import java.util.List;
import java.util.Optional;

/**
 * One watch of a stream.
 *
 * <p>A client that reads slower than changes come makes nothing pile up: the watch of the store is given up, and begun
 * again where it stopped when the client has read. Guarded by the lock of its stream.
 */
final class Watcher implements ReplicatedStore.WatchListener {

    /** What the client asked for. */
    record Wish(long id, Bytes key, Bytes rangeEnd, boolean puts, boolean deletes, boolean prevKv, boolean fragment) {
    }

    private final WatchStream stream;
    private final ReplicatedStore store;
    private final Wish wish;
    private Optional<ReplicatedStore.Watch> watch = Optional.empty();
    private long next;
    private boolean closed;

    Watcher(WatchStream stream, ReplicatedStore store, Wish wish, long start) {
        this.stream = stream;
        this.store = store;
        this.wish = wish;
        this.next = start;
    }

    Wish wish() {
        return wish;
    }

    /** Begins, or goes on after a pause. */
    void run() {
        synchronized (stream) {
            if (!closed && watch.isEmpty()) {
                watch = Optional.of(store.watch(wish.key(), wish.rangeEnd(), next, this));
            }
        }
    }

    void close() {
        synchronized (stream) {
            closed = true;
            pause();
        }
    }

    private void pause() {
        watch.ifPresent(ReplicatedStore.Watch::close);
        watch = Optional.empty();
    }

    /** The revision up to which everything was sent. */
    long seen() {
        synchronized (stream) {
            return watch.map(ReplicatedStore.Watch::seen).orElse(next - 1);
        }
    }

    @Override
    public void changed(long revision, List<Event> events) {
        synchronized (stream) {
            if (closed || revision < next) {
                return;
            }
            if (!stream.isReady()) {
                pause();
                return;
            }
            next = revision + 1;
            List<Event> wanted = events.stream()
                    .filter(e -> e.type() == Event.Type.PUT ? wish.puts() : wish.deletes()).toList();
            if (!wanted.isEmpty()) {
                stream.tell(wish, revision, wanted);
            }
        }
    }

    @Override
    public void compacted(long compactRevision) {
        synchronized (stream) {
            if (!closed && watch.isPresent()) {
                stream.compacted(this, compactRevision);
            }
        }
    }
}
