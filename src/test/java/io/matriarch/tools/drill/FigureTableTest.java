package io.matriarch.tools.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class FigureTableTest {

    @Test
    void aDrillWithTheValuesToReach() {
        assertEquals("""
                                                                measured     to reach          rows acknowledged  primary after
                  cold start: writable, all replicas streaming     6.8 s     <= 8.0 s      ok                     node2
                  planned switchover: no write for                412 ms    <= 700 ms      ok                812  node1
                  node killed: no write for                     3,100 ms  <= 3,000 ms  MISSED               2345  node3
                """, FigureTable.drill(List.of(
                new Measurement(Figure.COLD_START, 6.8, 0, "node2"),
                new Measurement(Figure.SWITCHOVER, 0.412, 812, "node1"),
                new Measurement(Figure.NODE_KILLED, 3.1, 2345, "node3"))));
    }

    @Test
    void roundsShowMedianAndMaximumAndJudgeTheMaximum() {
        assertEquals("""
                                                     median  maximum    to reach          measured
                  planned switchover: no write for   300 ms   800 ms   <= 700 ms  MISSED  3 times
                  memory of one agent, idle         110 MiB  110 MiB  <= 130 MiB      ok  1 time
                """, FigureTable.rounds(List.of(
                new Measurement(Figure.SWITCHOVER, 0.3, 1, "a"), new Measurement(Figure.AGENT_MEMORY, 110, 0, "a"),
                new Measurement(Figure.SWITCHOVER, 0.8, 2, "a"), new Measurement(Figure.SWITCHOVER, 0.2, 3, "a"))));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertEquals(2.5, FigureTable.median(List.of(9.0, 1.0, 2.0, 3.0)));
        assertEquals(2.0, FigureTable.median(List.of(9.0, 1.0, 2.0)));
    }
}
