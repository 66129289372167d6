package io.matriarch.simulation;

import io.matriarch.dcs.ReplicatedStore.WatchListener;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import io.matriarch.store.LeaseState;
import io.matriarch.store.Store;
import io.matriarch.store.StoreLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One peer of the simulated group: what it has applied, and when it saw each lease renewed. */
final class RaftPeer {

    private final Machine machine;
    private final EventLoop loop;
    private final Store store = new Store(StoreLimits.STANDARD);
    private final Map<Long, Noted> noted = new HashMap<>();
    private final List<RangeWatch> watches = new ArrayList<>();
    private long scheduled;
    private boolean inContact;
    private long lastContact;
    private boolean served;
    private long unservedAt;
    private long gapEnd = Long.MIN_VALUE / 2;
    private long gapBeforeEnd = Long.MIN_VALUE / 2;
    private long gapLength;

    RaftPeer(Machine machine, EventLoop loop) {
        this.machine = machine;
        this.loop = loop;
    }

    Machine machine() {
        return machine;
    }

    Store store() {
        return store;
    }

    /** Index of the last entry that is on its way to this peer or applied. */
    long scheduled() {
        return scheduled;
    }

    void scheduled(long index) {
        scheduled = index;
    }

    /** Forgets what was on its way. */
    void dropInFlight() {
        scheduled = store.appliedIndex();
    }

    boolean isInContact() {
        return inContact;
    }

    void contact(boolean now) {
        if (inContact && !now) {
            lastContact = loop.now();
        }
        inContact = now;
    }

    long lastContact() {
        return lastContact;
    }

    /** Whether a Raft leader with a majority is reached from here, now. */
    void served(boolean now) {
        if (served && !now) {
            unservedAt = loop.now();
        } else if (!served && now) {
            gapBeforeEnd = gapEnd;
            gapEnd = loop.now();
            gapLength = gapEnd - unservedAt;
        }
        served = now;
    }

    /** Whether the store was there for this peer since {@code time}, but for one gap of at most {@code shortest}. */
    boolean wasServedSince(long time, long shortest) {
        boolean gapNow = !served && loop.now() > unservedAt;
        if (gapNow) {
            return loop.now() - unservedAt <= shortest && gapEnd < time;
        }
        return gapEnd < time || gapLength <= shortest && gapBeforeEnd < time;
    }

    /** A restart: watches are gone, and every lease counts from now on this peer. */
    void restart() {
        watches.clear();
        dropInFlight();
        noted.replaceAll((id, n) -> new Noted(n.sequence, machine.now().nanos()));
    }

    Applied apply(LogEntry entry) {
        Applied applied = store.apply(entry.index(), entry.stampMillis(), entry.command());
        scheduled = Math.max(scheduled, entry.index());
        noteLeases(machine.now().nanos());
        if (!applied.events().isEmpty()) {
            tellWatches(applied);
        }
        return applied;
    }

    private void noteLeases(long localNow) {
        if (noted.size() > store.leases().size()) {
            noted.keySet().removeIf(id -> store.lease(id).isEmpty());
        }
        for (LeaseState lease : store.leases()) {
            Noted before = noted.get(lease.id());
            if (before == null || before.sequence != lease.sequence()) {
                noted.put(lease.id(), new Noted(lease.sequence(), localNow));
            }
        }
    }

    /** When this peer saw the last renewal of a lease, on its own clock. */
    Optional<Noted> noted(long lease) {
        return Optional.ofNullable(noted.get(lease));
    }

    private void tellWatches(Applied applied) {
        long revision = applied.result().revision();
        for (RangeWatch watch : List.copyOf(watches)) {
            List<Event> seen = applied.events().stream().filter(e -> watch.covers(e.kv().key())).toList();
            if (!seen.isEmpty()) {
                machine.onAgent(500_000, () -> watch.tell(revision, seen));
            }
        }
    }

    RangeWatch watch(Bytes from, Bytes end, WatchListener listener) {
        RangeWatch watch = new RangeWatch(from, end, listener);
        watches.add(watch);
        return watch;
    }

    /** When and at which renewal. */
    record Noted(long sequence, long localNanos) {
    }

    /** A watch of a range at this peer. */
    final class RangeWatch implements io.matriarch.dcs.ReplicatedStore.Watch {

        private final Bytes from;
        private final Bytes end;
        private final WatchListener listener;
        private boolean closed;

        private RangeWatch(Bytes from, Bytes end, WatchListener listener) {
            this.from = from;
            this.end = end;
            this.listener = listener;
        }

        private boolean covers(Bytes key) {
            if (end.size() == 0) {
                return key.equals(from);
            }
            boolean toTheLast = end.size() == 1 && end.at(0) == 0;
            return key.compareTo(from) >= 0 && (toTheLast || key.compareTo(end) < 0);
        }

        private void tell(long revision, List<Event> events) {
            if (!closed) {
                listener.changed(revision, events);
            }
        }

        @Override
        public void close() {
            closed = true;
            watches.remove(this);
        }
    }
}
