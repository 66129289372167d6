package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.postgres.Divergence.Kind;
import io.matriarch.postgres.Divergence.Local;
import io.matriarch.postgres.Divergence.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The upstream is on timeline 6, which left timeline 5 at 0/5000060. */
class DivergenceTest {

    private static final TimelineHistory HISTORY = DataDirectory.parseHistory(
            "1\t0/2000000\tno recovery target specified\n\n5\t0/5000060\tno recovery target specified\n");

    @ParameterizedTest(name = "{0}")
    @CsvSource(nullValues = "-", value = {
        "replica at the switch point,                            REPLICA,         5, 0/5000060, -,         NOT_NEEDED",
        "replica one byte beyond the switch point,               REPLICA,         5, 0/5000061, -,         NEED",
        "replica far behind,                                     REPLICA,         5, 0/3000000, -,         NOT_NEEDED",
        "stopped primary whose checkpoint the successor has,     STOPPED_PRIMARY, 5, 0/4FFFFE8, 0/5000060, NOT_NEEDED",
        "stopped primary with one record more,                   STOPPED_PRIMARY, 5, 0/4FFFFE8, 0/50000D8, NEED",
        "stopped primary whose WAL cannot be read,               STOPPED_PRIMARY, 5, 0/4FFFFE8, -,         NEED",
        "stopped primary with its checkpoint at the switch point,STOPPED_PRIMARY, 5, 0/5000060, 0/50000D8, NEED",
        "crashed primary with no record of its own,              CRASHED_PRIMARY, 5, 0/4FFFFE8, 0/5000060, NOT_NEEDED",
        "crashed primary that lost the end of its WAL,           CRASHED_PRIMARY, 5, 0/4FFFFE8, 0/5000000, NOT_NEEDED",
        "crashed primary with records of its own,                CRASHED_PRIMARY, 5, 0/4FFFFE8, 0/5000061, NEED",
        "crashed primary whose WAL cannot be read,               CRASHED_PRIMARY, 5, 0/4FFFFE8, -,         NEED",
        "timeline of the future,                                 REPLICA,         7, 0/1000000, -,         NEED",
        "timeline that is no ancestor,                           REPLICA,         4, 0/1000000, -,         NEED",
        "the same timeline,                                      REPLICA,         6, 0/9000000, -,         NOT_NEEDED",
        "the same timeline as a primary,                         STOPPED_PRIMARY, 6, 0/9000000, -,         NOT_NEEDED",
        "the same timeline and a primary that crashed on it,     CRASHED_PRIMARY, 6, 0/9000000, 0/9000000, TWIN",
        "unknown local timeline,                                 REPLICA,         0, 0/1000000, -,         UNDECIDED",
    })
    void verdict(String name, Kind kind, int timeline, String position, String walEnd, Verdict expected) {
        Local local = new Local(kind, new Timeline(timeline), Lsn.parse(position), Optional.ofNullable(walEnd).map(Lsn::parse),
                TimelineHistory.ABSENT);
        assertEquals(expected, Divergence.judge(local, new Timeline(6), HISTORY), name);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(value = {
        "the same past on the same timeline,                    6, 1:0/2000000 5:0/5000060, NOT_NEEDED",
        "promoted from the same timeline at another point,      6, 1:0/2000000 5:0/5000058, TWIN",
        "promoted from another timeline,                        6, 1:0/2000000 4:0/5000060, TWIN",
        "an ancestor of the other,                              5, 1:0/2000000,             NOT_NEEDED",
        "a twin of an ancestor of the other,                    5, 1:0/1FFFFF8,             NEED",
    })
    void verdictByThePast(String name, int timeline, String past, Verdict expected) {
        List<TimelineHistory.Entry> entries = new ArrayList<>();
        for (String left : past.split(" ")) {
            entries.add(new TimelineHistory.Entry(Integer.parseInt(left.split(":")[0]), Lsn.parse(left.split(":")[1]), "",
                    Optional.empty(), Optional.empty()));
        }
        Local local = new Local(Kind.REPLICA, new Timeline(timeline), Lsn.parse("0/4000000"), Optional.empty(),
                new TimelineHistory(true, entries));
        assertEquals(expected, Divergence.judge(local, new Timeline(6), HISTORY), name);
    }

    @ParameterizedTest(name = "{0} on timeline 1")
    @EnumSource(Kind.class)
    void theFirstTimelineHasNoTwin(Kind kind) {
        Local local = new Local(kind, new Timeline(1), Lsn.parse("0/4000000"), Optional.empty(), TimelineHistory.ABSENT);
        assertEquals(Verdict.NOT_NEEDED, Divergence.judge(local, new Timeline(1), TimelineHistory.ABSENT));
    }
}
