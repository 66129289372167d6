package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.cluster.TimelineHistory.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HistoriesTest {

    private static final Entry FIRST = new Entry(1, new Lsn(100), "no recovery target specified", Optional.empty(),
            Optional.empty());
    private static final Entry SECOND = new Entry(2, new Lsn(200), "no recovery target specified", Optional.empty(),
            Optional.empty());

    @Test
    void thePromotionIsWrittenWithItsTimeInMicrosecondsAndItsMember() {
        TimelineHistory merged = Histories.merge(new TimelineHistory(true, List.of(FIRST)), TimelineHistory.ABSENT,
                new MemberName("a"), Instant.parse("2026-01-02T03:04:05.123456789Z"));
        assertEquals(Optional.of("2026-01-02T03:04:05.123456+00:00"), merged.entries().get(0).timestamp());
        assertEquals(Optional.of("a"), merged.entries().get(0).newLeader());
    }

    @Test
    void whatIsKnownOfAnOlderTimelineStays() {
        Entry known = new Entry(1, new Lsn(100), "no recovery target specified", Optional.of("then"), Optional.of("b"));
        TimelineHistory merged = Histories.merge(new TimelineHistory(true, List.of(FIRST, SECOND)),
                new TimelineHistory(true, List.of(known)), new MemberName("a"), Instant.EPOCH);
        assertEquals(known, merged.entries().get(0));
        assertEquals(Optional.of("a"), merged.entries().get(1).newLeader());
    }

    @Test
    void anEntryOfAnotherSwitchpointIsNotTakenForThisOne() {
        Entry other = new Entry(1, new Lsn(101), "x", Optional.of("then"), Optional.of("b"));
        TimelineHistory merged = Histories.merge(new TimelineHistory(true, List.of(FIRST, SECOND)),
                new TimelineHistory(true, List.of(other)), new MemberName("a"), Instant.EPOCH);
        assertEquals(FIRST, merged.entries().get(0));
    }
}
