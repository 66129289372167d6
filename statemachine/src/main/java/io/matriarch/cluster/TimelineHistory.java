package io.matriarch.cluster;

import java.util.List;
import java.util.Optional;

/**
 * The history key: where each timeline ended.
 *
 * @param present whether the key exists; an empty list in an existing key means timeline 1
 */
public record TimelineHistory(boolean present, List<Entry> entries) {

    public static final TimelineHistory ABSENT = new TimelineHistory(false, List.of());

    public TimelineHistory {
        entries = List.copyOf(entries);
    }

    /** The timeline the cluster is on: the last entry's plus one; unknown without the key. */
    public Timeline current() {
        if (!present) {
            return Timeline.UNKNOWN;
        }
        return entries.isEmpty() ? new Timeline(1) : new Timeline(entries.get(entries.size() - 1).timeline() + 1);
    }

    /** One finished timeline. */
    public record Entry(int timeline, Lsn switchpoint, String reason, Optional<String> timestamp,
                        Optional<String> newLeader) {
    }
}
