package io.matriarch.history;

import java.util.ArrayList;
import java.util.List;

/** What one watcher of all keys was told, in order, across all its connections. Not for several threads at once. */
final class WatchLog {

    /**
     * The events of one message.
     *
     * @param received nanoseconds of the clock of the operations
     */
    record Message(long received, List<Event> events) {
    }

    /** A change of a key; a deletion has no value. */
    record Event(String key, Operation.Change change, long revision, long created, long version, long lease) {
    }

    private final int member;
    private final long from;
    private final List<Object> entries = new ArrayList<>();

    /** @param from the first revision that it asked for */
    WatchLog(int member, long from) {
        this.member = member;
        this.from = from;
    }

    /** The member that was asked. */
    int member() {
        return member;
    }

    long from() {
        return from;
    }

    void received(Message message) {
        entries.add(message);
    }

    /** It was told that everything before {@code revision} is compacted away, and goes on from there. */
    void compacted(long revision) {
        entries.add(revision);
    }

    /** {@link Message}s, and {@link Long}s where a compaction was told. */
    List<Object> entries() {
        return entries;
    }
}
