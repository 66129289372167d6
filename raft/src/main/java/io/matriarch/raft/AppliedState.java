package io.matriarch.raft;

import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * The state this peer has applied, readable while entries are being applied.
 *
 * <p>Threads: {@link #apply} and {@link #install} belong to the thread that applies the log; everything else any. A
 * reader sees the state after a whole entry, never inside one.
 */
final class AppliedState {

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final ConcurrentSkipListMap<Long, List<CompletableFuture<Void>>> waiting = new ConcurrentSkipListMap<>();
    private final Runnable onEvents;
    private Store store;
    private volatile long appliedIndex = -1;

    /** @param onEvents called by the applying thread after keys changed; must return at once */
    AppliedState(Store empty, Runnable onEvents) {
        this.store = empty;
        this.onEvents = onEvents;
    }

    /** Applies the commands of one entry, each by itself; nobody sees the state between them. */
    List<Applied> apply(long index, long stampMillis, List<Command> commands) {
        List<Applied> applied = new ArrayList<>(commands.size());
        lock.writeLock().lock();
        try {
            commands.forEach(command -> applied.add(store.apply(index, stampMillis, command)));
        } finally {
            lock.writeLock().unlock();
        }
        advance(index);
        if (applied.stream().anyMatch(a -> !a.events().isEmpty())) {
            onEvents.run();
        }
        return applied;
    }

    /** Notes that an entry without a command, or one that was skipped, is behind us. */
    void advance(long index) {
        appliedIndex = index;
        var reached = waiting.headMap(index, true);
        while (!reached.isEmpty()) {
            var first = reached.pollFirstEntry();
            if (first != null) {
                synchronized (first.getValue()) {
                    first.getValue().forEach(f -> f.complete(null));
                    first.getValue().clear();
                }
            }
        }
    }

    /** Replaces everything by the content of a snapshot. */
    void install(Store loaded, long index) {
        lock.writeLock().lock();
        try {
            store = loaded;
        } finally {
            lock.writeLock().unlock();
        }
        advance(index);
        onEvents.run();
    }

    /** Reads the state as it is; the function must not keep the store. */
    <T> T read(Function<Store, T> reader) {
        lock.readLock().lock();
        try {
            return reader.apply(store);
        } finally {
            lock.readLock().unlock();
        }
    }

    Result range(RangeRequest request) {
        return read(s -> s.range(request));
    }

    Optional<List<List<Event>>> eventsSince(long revision) {
        return read(s -> s.eventsSince(revision));
    }

    long revision() {
        return read(Store::revision);
    }

    long appliedIndex() {
        return appliedIndex;
    }

    /** Completes when the entry at {@code index} has been applied; on the applying thread, so dependents must be async. */
    CompletableFuture<Void> reached(long index) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (appliedIndex >= index) {
            future.complete(null);
            return future;
        }
        waiting.compute(index, (i, list) -> {
            List<CompletableFuture<Void>> all = list == null ? new ArrayList<>() : list;
            synchronized (all) {
                all.add(future);
            }
            return all;
        });
        if (appliedIndex >= index) {
            advance(appliedIndex);
        }
        return future;
    }

    /** Whether a key lies in an etcd range; an empty end means the one key, a zero byte the end of all keys. */
    static boolean inRange(Bytes key, Bytes from, Bytes end) {
        if (end.size() == 0) {
            return key.equals(from);
        }
        boolean toTheLast = end.size() == 1 && end.at(0) == 0;
        return key.compareTo(from) >= 0 && (toTheLast || key.compareTo(end) < 0);
    }
}
