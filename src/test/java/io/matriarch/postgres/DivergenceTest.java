package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.postgres.Divergence.Kind;
import io.matriarch.postgres.Divergence.Local;
import io.matriarch.postgres.Divergence.Verdict;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        "unknown local timeline,                                 REPLICA,         0, 0/1000000, -,         UNDECIDED",
    })
    void verdict(String name, Kind kind, int timeline, String position, String walEnd, Verdict expected) {
        Local local = new Local(kind, new Timeline(timeline), Lsn.parse(position), Optional.ofNullable(walEnd).map(Lsn::parse));
        assertEquals(expected, Divergence.judge(local, new Timeline(6), HISTORY), name);
    }
}
