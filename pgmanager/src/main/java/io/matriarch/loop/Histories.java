package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.cluster.TimelineHistory.Entry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the value of the history key from what PostgreSQL has on disk and what the key has already. */
final class Histories {

    private Histories() {
    }

    private static final DateTimeFormatter AS_PATRONI = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx");

    /** The local entries; times and names come from the known ones, and for the newest from this promotion. */
    static TimelineHistory merge(TimelineHistory local, TimelineHistory known, MemberName me, Instant now) {
        List<Entry> merged = new ArrayList<>();
        for (int i = 0; i < local.entries().size(); i++) {
            Entry entry = local.entries().get(i);
            Optional<Entry> stored = known.entries().stream().filter(k -> k.timeline() == entry.timeline()
                    && k.switchpoint().equals(entry.switchpoint()) && k.timestamp().isPresent()).findFirst();
            boolean newest = i == local.entries().size() - 1;
            if (stored.isPresent()) {
                merged.add(stored.get());
            } else if (newest) {
                String time = entry.timestamp().orElse(AS_PATRONI.format(
                        now.atOffset(ZoneOffset.UTC)));
                merged.add(new Entry(entry.timeline(), entry.switchpoint(), entry.reason(), Optional.of(time),
                        Optional.of(me.value())));
            } else {
                merged.add(entry);
            }
        }
        return new TimelineHistory(true, merged);
    }
}
