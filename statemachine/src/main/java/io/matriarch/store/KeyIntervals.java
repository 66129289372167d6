package io.matriarch.store;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A set of keys given by intervals; overlapping ones are one, so that a look-up is quick however many were added. */
final class KeyIntervals {

    /** End of the interval, exclusive, by its begin; empty for one that has no end. Intervals do not touch. */
    private final TreeMap<Bytes, Optional<Bytes>> endByBegin = new TreeMap<>();

    /** Adds what a deletion covers. */
    void add(Command.DeleteRange delete) {
        add(delete.key(), delete.rangeEnd());
    }

    /** Adds one key or a range, as requests name them. */
    void add(Bytes key, Bytes rangeEnd) {
        Optional<Bytes> end = end(key, rangeEnd);
        if (end.isEmpty() || key.compareTo(end.get()) < 0) {
            add(key, end);
        }
    }

    private static Optional<Bytes> end(Bytes key, Bytes rangeEnd) {
        if (rangeEnd.size() == 0) {
            return Optional.of(key.next());
        }
        return VersionedKeys.isOpenEnd(rangeEnd) ? Optional.empty() : Optional.of(rangeEnd);
    }

    /** Whether a whole range is inside. */
    boolean covers(Bytes key, Bytes rangeEnd) {
        Optional<Bytes> end = end(key, rangeEnd);
        Map.Entry<Bytes, Optional<Bytes>> around = endByBegin.floorEntry(key);
        return around != null && (around.getValue().isEmpty()
                || end.isPresent() && around.getValue().get().compareTo(key) > 0 && around.getValue().get().compareTo(end.get()) >= 0);
    }

    void addAll(KeyIntervals others) {
        others.endByBegin.forEach(this::add);
    }

    private void add(Bytes begin, Optional<Bytes> end) {
        Bytes from = begin;
        Optional<Bytes> to = end;
        Map.Entry<Bytes, Optional<Bytes>> before = endByBegin.floorEntry(begin);
        if (before != null && reaches(before.getValue(), begin)) {
            from = before.getKey();
            to = later(to, before.getValue());
        }
        Map.Entry<Bytes, Optional<Bytes>> next = endByBegin.higherEntry(from);
        while (next != null && reaches(to, next.getKey())) {
            to = later(to, next.getValue());
            endByBegin.remove(next.getKey());
            next = endByBegin.higherEntry(from);
        }
        endByBegin.put(from, to);
    }

    private static boolean reaches(Optional<Bytes> end, Bytes key) {
        return end.isEmpty() || end.get().compareTo(key) >= 0;
    }

    private static Optional<Bytes> later(Optional<Bytes> one, Optional<Bytes> other) {
        return one.isPresent() && other.isPresent() ? (reaches(one, other.get()) ? one : other) : Optional.empty();
    }

    boolean contains(Bytes key) {
        Map.Entry<Bytes, Optional<Bytes>> candidate = endByBegin.floorEntry(key);
        return candidate != null && (candidate.getValue().isEmpty() || candidate.getValue().get().compareTo(key) > 0);
    }
}
