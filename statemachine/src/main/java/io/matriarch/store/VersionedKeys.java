package io.matriarch.store;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The keys with their retained history: every version of a key since the compacted revision, and the changes of every
 * revision in order of execution.
 *
 * <p>Changes are made at the next revision and become that revision with {@link #commit}. A deletion is kept as a
 * version whose number is 0.
 */
final class VersionedKeys {

    /** What one retained version costs beside its key and value; the same figure on every peer. */
    private static final long VERSION_OVERHEAD = 96;

    private final NavigableMap<Bytes, List<KeyValue>> versions = new TreeMap<>();
    private final NavigableMap<Long, List<Event>> changes = new TreeMap<>();
    private final List<Event> pending = new ArrayList<>();
    private long revision = 1;
    private long compacted;
    private long liveBytes;
    private long heldBytes;

    VersionedKeys() {
    }

    /** Keys as they were at a compacted revision, as a snapshot brings them; changes after it follow. */
    VersionedKeys(long compacted, List<KeyValue> base, List<Event> changesAtCompacted) {
        this.compacted = compacted;
        this.revision = Math.max(1, compacted);
        for (KeyValue kv : base) {
            versions.computeIfAbsent(kv.key(), k -> new ArrayList<>(1)).add(kv);
            liveBytes += size(kv);
            heldBytes += size(kv);
        }
        if (!changesAtCompacted.isEmpty()) {
            changes.put(compacted, List.copyOf(changesAtCompacted));
        }
    }

    long revision() {
        return revision;
    }

    long compacted() {
        return compacted;
    }

    /** The revision that a reader inside the running command sees. */
    long seenRevision() {
        return pending.isEmpty() ? revision : revision + 1;
    }

    /** Size of the newest versions. */
    long liveBytes() {
        return liveBytes;
    }

    /** Size of all retained versions. */
    long heldBytes() {
        return heldBytes;
    }

    static long size(KeyValue kv) {
        return size(kv.key(), kv.value());
    }

    static long size(Bytes key, Bytes value) {
        return VERSION_OVERHEAD + key.size() + value.size();
    }

    /** The newest version of a key, including the running command's. */
    Optional<KeyValue> live(Bytes key) {
        return versionAt(versions.get(key), Long.MAX_VALUE);
    }

    /** The live keys of a range in ascending order, as of a revision; {@link Long#MAX_VALUE} for the newest. */
    List<KeyValue> range(Bytes key, Bytes rangeEnd, long atRevision) {
        List<KeyValue> found = new ArrayList<>();
        if (rangeEnd.size() == 0) {
            versionAt(versions.get(key), atRevision).ifPresent(found::add);
            return found;
        }
        for (List<KeyValue> history : between(key, rangeEnd).values()) {
            versionAt(history, atRevision).ifPresent(found::add);
        }
        return found;
    }

    private NavigableMap<Bytes, List<KeyValue>> between(Bytes key, Bytes rangeEnd) {
        if (isOpenEnd(rangeEnd)) {
            return versions.tailMap(key, true);
        }
        return rangeEnd.compareTo(key) <= 0 ? new TreeMap<>() : versions.subMap(key, true, rangeEnd, false);
    }

    /** Whether the end of a range stands for: to the last key. */
    static boolean isOpenEnd(Bytes rangeEnd) {
        return rangeEnd.size() == 1 && rangeEnd.at(0) == 0;
    }

    private static Optional<KeyValue> versionAt(List<KeyValue> history, long atRevision) {
        if (history == null) {
            return Optional.empty();
        }
        int index = lastAtOrBelow(history, atRevision);
        return index < 0 || isDeletion(history.get(index)) ? Optional.empty() : Optional.of(history.get(index));
    }

    private static int lastAtOrBelow(List<KeyValue> history, long atRevision) {
        int low = 0;
        int high = history.size() - 1;
        if (high >= 0 && history.get(high).modRevision() <= atRevision) {
            return high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (history.get(middle).modRevision() <= atRevision) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private static boolean isDeletion(KeyValue kv) {
        return kv.version() == 0;
    }

    /** Puts a key at the next revision and returns its version before, if it was there. */
    Optional<KeyValue> put(Bytes key, Bytes value, long lease) {
        Optional<KeyValue> before = live(key);
        long next = revision + 1;
        record(Event.Type.PUT, new KeyValue(key, value, before.map(KeyValue::createRevision).orElse(next), next,
                before.map(KeyValue::version).orElse(0L) + 1, lease));
        return before;
    }

    /** Deletes a key that is there, at the next revision. */
    void delete(Bytes key) {
        record(Event.Type.DELETE, new KeyValue(key, Bytes.EMPTY, 0, revision + 1, 0, 0));
    }

    /** Adds one change of the next revision; a second change of a key in one revision replaces the first. */
    void record(Event.Type type, KeyValue kv) {
        List<KeyValue> history = versions.computeIfAbsent(kv.key(), k -> new ArrayList<>(2));
        versionAt(history, Long.MAX_VALUE).ifPresent(old -> liveBytes -= size(old));
        Optional<KeyValue> beforeRevision = versionAt(history, revision);
        if (!history.isEmpty() && history.get(history.size() - 1).modRevision() == kv.modRevision()) {
            heldBytes -= size(history.remove(history.size() - 1));
        }
        history.add(kv);
        heldBytes += size(kv);
        if (type == Event.Type.PUT) {
            liveBytes += size(kv);
        }
        pending.add(new Event(type, kv, beforeRevision));
    }

    /** Makes the changes since the last commit one revision; without changes there is none. */
    List<Event> commit() {
        if (pending.isEmpty()) {
            return List.of();
        }
        List<Event> events = List.copyOf(pending);
        pending.clear();
        revision++;
        changes.put(revision, events);
        return events;
    }

    /**
     * Forgets what is only needed to read below a revision. The changes of that revision itself stay, but the state
     * before them is gone.
     */
    void compact(long to) {
        NavigableMap<Long, List<Event>> gone = changes.headMap(to, true);
        for (List<Event> events : gone.values()) {
            for (Event event : events) {
                trim(event.kv().key(), to);
            }
        }
        List<Event> last = changes.get(to);
        gone.clear();
        if (last != null) {
            changes.put(to, last.stream().map(e -> new Event(e.type(), e.kv(), Optional.empty())).toList());
        }
        compacted = to;
    }

    private void trim(Bytes key, long to) {
        List<KeyValue> history = versions.get(key);
        if (history == null) {
            return;
        }
        int keep = lastAtOrBelow(history, to);
        if (keep >= 0 && isDeletion(history.get(keep))) {
            keep++;
        }
        if (keep > 0) {
            List<KeyValue> dropped = history.subList(0, keep);
            dropped.forEach(kv -> heldBytes -= size(kv));
            dropped.clear();
        }
        if (history.isEmpty()) {
            versions.remove(key);
        }
    }

    /** The changes from a revision on, each list one revision; empty when some of them are forgotten. */
    Optional<List<List<Event>>> eventsSince(long from) {
        return from < compacted ? Optional.empty() : Optional.of(List.copyOf(changes.tailMap(from, true).values()));
    }

    /** All live keys at the compacted revision, ascending. */
    List<KeyValue> base() {
        List<KeyValue> found = new ArrayList<>();
        for (List<KeyValue> history : versions.values()) {
            versionAt(history, compacted).ifPresent(found::add);
        }
        return found;
    }

    /** All live keys, ascending. */
    List<KeyValue> allLive() {
        List<KeyValue> found = new ArrayList<>();
        for (List<KeyValue> history : versions.values()) {
            versionAt(history, Long.MAX_VALUE).ifPresent(found::add);
        }
        return found;
    }
}
