package io.matriarch.contract;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.LeaseState;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.SnapshotCodec;
import io.matriarch.store.Store;
import io.matriarch.store.StoreLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A replicated store of a single process over the real {@link Store}: every future is complete when it is returned.
 * Time passes only by {@link #pass}; the next proposal can be made to fail in the ways a real one does.
 */
public final class MemoryReplicatedStore implements ReplicatedStore {

    /** What happens to the next proposal. */
    public enum Fault {
        /** It is lost. */
        LOST,
        /** It is applied, its answer is lost. */
        ANSWER_LOST,
        /** It is answered with Unknown and kept until {@link #land}. */
        DELAYED,
        /** It is never answered and never applied. */
        SILENT
    }

    private record Noted(long sequence, Duration since) {
    }

    private final Store store;
    private final Map<Long, Noted> noted = new HashMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final Deque<Command> delayed = new ArrayDeque<>();
    private final List<MemoryWatch> watches = new ArrayList<>();
    private Duration now = Duration.ZERO;
    private Optional<Store> frozen = Optional.empty();
    private Duration frozenSince = Duration.ZERO;
    private long index;

    public MemoryReplicatedStore() {
        this(StoreLimits.STANDARD);
    }

    public MemoryReplicatedStore(StoreLimits limits) {
        this.store = new Store(limits);
    }

    /** Lets time pass; leases that ran out end. */
    public synchronized void pass(Duration duration) {
        now = now.plus(duration);
        for (LeaseState lease : List.copyOf(store.leases())) {
            Noted last = noted.get(lease.id());
            if (now.minus(last.since()).toMillis() >= lease.ttlMillis()) {
                apply(new Command.LeaseExpire(lease.id(), last.sequence()));
            }
        }
    }

    public synchronized void failNext(Fault fault) {
        faults.add(fault);
    }

    /** Applies the proposals that were delayed. */
    public synchronized void land() {
        while (!delayed.isEmpty()) {
            apply(delayed.remove());
        }
    }

    /** From now on local reads show what is there now, and grow old. */
    public synchronized void cutOffLocalReads() {
        frozen = Optional.of(copy());
        frozenSince = now;
    }

    public synchronized Applied apply(Command command) {
        Applied applied = store.apply(++index, 0, command);
        for (long id : applied.leases()) {
            noted.remove(id);
            store.lease(id).ifPresent(lease -> noted.put(id, new Noted(lease.sequence(), now)));
        }
        if (!applied.events().isEmpty()) {
            List.copyOf(watches).forEach(watch -> watch.tell(applied.events()));
        }
        return applied;
    }

    public synchronized Optional<LeaseState> lease(long id) {
        return store.lease(id);
    }

    /** Tells every watch that it was left behind, and ends it. */
    public synchronized void compactWatches() {
        List<MemoryWatch> ended = List.copyOf(watches);
        watches.clear();
        ended.forEach(watch -> watch.listener.compacted(store.revision()));
    }

    public synchronized int openWatches() {
        return watches.size();
    }

    @Override
    public synchronized CompletableFuture<Outcome> propose(Command command, Duration timeout) {
        Fault fault = faults.poll();
        if (fault == Fault.SILENT) {
            return new CompletableFuture<>();
        }
        if (fault == Fault.DELAYED) {
            delayed.add(command);
        }
        if (fault == Fault.LOST || fault == Fault.DELAYED) {
            return unknown();
        }
        Applied applied = apply(command);
        return fault == Fault.ANSWER_LOST ? unknown() : CompletableFuture.completedFuture(new Outcome.Done(applied));
    }

    private static CompletableFuture<Outcome> unknown() {
        return CompletableFuture.completedFuture(new Outcome.Unknown("no answer"));
    }

    @Override
    public synchronized CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency,
                                                         Duration timeout) {
        Fault fault = consistency == Consistency.LINEARIZABLE ? faults.poll() : null;
        if (fault == Fault.SILENT) {
            return new CompletableFuture<>();
        }
        if (fault != null) {
            return unknown();
        }
        Store source = consistency == Consistency.LOCAL ? frozen.orElse(store) : store;
        Result result = source.range(request);
        return CompletableFuture.completedFuture(new Outcome.Done(new Applied(result, List.of())));
    }

    @Override
    public synchronized Duration localAge() {
        return frozen.isPresent() ? now.minus(frozenSince) : Duration.ZERO;
    }

    @Override
    public synchronized Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener) {
        MemoryWatch watch = new MemoryWatch(key, rangeEnd, listener);
        watches.add(watch);
        if (startRevision > 0) {
            store.eventsSince(startRevision).orElseThrow().forEach(watch::tell);
        }
        return watch;
    }

    @Override
    public synchronized void close() {
        watches.clear();
    }

    private Store copy() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            SnapshotCodec.write(store, bytes);
            return SnapshotCodec.read(new ByteArrayInputStream(bytes.toByteArray()));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private final class MemoryWatch implements Watch {

        private final Bytes key;
        private final Bytes rangeEnd;
        private final WatchListener listener;

        private MemoryWatch(Bytes key, Bytes rangeEnd, WatchListener listener) {
            this.key = key;
            this.rangeEnd = rangeEnd;
            this.listener = listener;
        }

        private void tell(List<Event> events) {
            List<Event> mine = events.stream().filter(e -> covers(e.kv().key())).toList();
            if (!mine.isEmpty()) {
                listener.changed(mine.get(0).kv().modRevision(), mine);
            }
        }

        private boolean covers(Bytes changed) {
            return rangeEnd.size() == 0 ? changed.equals(key)
                    : changed.compareTo(key) >= 0 && changed.compareTo(rangeEnd) < 0;
        }

        @Override
        public void close() {
            synchronized (MemoryReplicatedStore.this) {
                watches.remove(this);
            }
        }
    }
}
