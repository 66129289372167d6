package io.matriarch.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.history.Operation.Change;
import io.matriarch.history.Operation.Condition;
import io.matriarch.history.Operation.KeyState;
import io.matriarch.history.Operation.Outcome;
import io.matriarch.history.Operation.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Good histories pass, and each kind of bad one is found. */
class HistoryCheckTest {

    private static final KeyState A1 = new KeyState("1", 2, 2, 1);
    private static final KeyState A2 = new KeyState("2", 2, 3, 2);
    private static final long SECOND = 1_000_000_000L;

    private final List<Operation> operations = new ArrayList<>();
    private final WatchLog log = new WatchLog(0, 2);
    private long time;

    /** The key a: put 1 at 2, put 2 at 3, both told. */
    private void twoPuts() {
        add(put("a", "1", 2));
        add(put("a", "2", 3));
        tell(event("a", "1", 2, 2, 1));
        tell(event("a", "2", 3, 2, 2));
    }

    private void add(Operation op) {
        operations.add(op);
    }

    private void tell(WatchLog.Event... events) {
        log.received(new WatchLog.Message(time, List.of(events)));
    }

    private static WatchLog.Event event(String key, String value, long revision, long created, long version) {
        return new WatchLog.Event(key, new Change(key, Optional.ofNullable(value)), revision, created, version, 0);
    }

    private Operation put(String key, String value, long revision) {
        return change(Outcome.DONE, revision, Optional.empty(), new Change(key, Optional.of(value)));
    }

    private Operation change(Outcome outcome, long revision, Optional<Condition> condition, Change... changes) {
        time += 10;
        return new Operation(0, time, outcome == Outcome.DONE ? time + 5 : Long.MAX_VALUE, outcome, false, condition, true,
                List.of(changes), revision, List.of(), List.of());
    }

    private Operation read(boolean serializable, long revision, KeyState state) {
        time += 10;
        return new Operation(1, time, time + 5, Outcome.DONE, serializable, Optional.empty(), true, List.of(), revision,
                List.of(), List.of(new Seen("a", Optional.ofNullable(state))));
    }

    private Operation swap(boolean succeeded, long revision) {
        time += 10;
        return new Operation(2, time, time + 5, Outcome.DONE, false, Optional.of(new Condition("a", Optional.of("1"))), succeeded,
                List.of(new Change("a", Optional.of("3"))), revision, List.of(), List.of());
    }

    private List<String> faults() {
        return HistoryCheck.faults(operations, List.of(log), Set.of("leased"));
    }

    private void assertFound(String... words) {
        List<String> faults = faults();
        for (String word : words) {
            assertTrue(faults.stream().anyMatch(f -> f.contains(word)), () -> word + " not in " + faults);
        }
    }

    @Test
    void aGoodHistoryPasses() {
        twoPuts();
        add(read(false, 3, A2));
        add(read(true, 2, A1));
        add(swap(false, 3));
        add(change(Outcome.UNKNOWN, 0, Optional.empty(), new Change("b", Optional.of("never"))));
        add(change(Outcome.UNKNOWN, 0, Optional.empty(), new Change("c", Optional.of("late"))));
        add(change(Outcome.REFUSED, 0, Optional.empty(), new Change("d", Optional.of("refused"))));
        tell(event("c", "late", 4, 4, 1));
        tell(event("leased", "5", 5, 5, 1));
        add(put("leased", "5", 5));
        tell(event("leased", null, 6, 0, 0));
        assertEquals(List.of(), faults());
    }

    @Test
    void aStaleReadIsFound() {
        twoPuts();
        add(read(false, 2, A1));
        assertFound("it went back");
    }

    @Test
    void anAnswerThatDisagreesWithItsNumberIsFound() {
        twoPuts();
        add(read(false, 3, A1));
        add(read(true, 2, null));
        assertFound("but at 3 it was", "but at 2 it was");
    }

    @Test
    void aLostWriteIsFound() {
        twoPuts();
        add(put("a", "3", 4));
        assertFound("but that revision holds []", "a revision that no watcher ever saw");
    }

    @Test
    void aRefusedWriteThatHappenedAndAChangeOfNobodyAreFound() {
        twoPuts();
        add(change(Outcome.REFUSED, 0, Optional.empty(), new Change("a", Optional.of("3"))));
        tell(event("a", "3", 4, 2, 3));
        tell(event("a", "4", 5, 2, 4));
        assertFound("nobody asked for what revision 4", "nobody asked for what revision 5");
    }

    @Test
    void aWriteThatHappenedTwiceIsFound() {
        twoPuts();
        add(change(Outcome.UNKNOWN, 0, Optional.empty(), new Change("a", Optional.of("3"))));
        tell(event("a", "3", 4, 2, 3));
        tell(event("a", "3", 5, 2, 4));
        assertFound("nobody asked for what revision 5");
    }

    @Test
    void halfATransactionIsFound() {
        twoPuts();
        add(change(Outcome.UNKNOWN, 0, Optional.empty(), new Change("a", Optional.of("3")), new Change("b", Optional.of("3"))));
        tell(event("a", "3", 4, 2, 3));
        assertFound("nobody asked for what revision 4");
    }

    @Test
    void wrongComparesAreFound() {
        twoPuts();
        add(swap(true, 4));
        tell(event("a", "3", 4, 2, 3));
        assertFound("the condition of");
        operations.clear();
        log.entries().clear();
        twoPuts();
        operations.remove(1);
        add(swap(false, 2));
        assertFound("the condition of");
    }

    @Test
    void twoWithOneNumberAreFound() {
        twoPuts();
        add(put("a", "2", 3));
        assertFound("two operations were told the same revision");
    }

    @Test
    void anAnswerFromTheFutureIsFound() {
        add(put("a", "1", 2));
        add(read(false, 3, A2));
        add(put("a", "2", 3));
        tell(event("a", "1", 2, 2, 1), event("a", "2", 3, 2, 2));
        assertFound("asked for only later");
    }

    @Test
    void watchersThatMissDoubleOrMixAreFound() {
        twoPuts();
        WatchLog missing = new WatchLog(1, 2);
        missing.received(new WatchLog.Message(0, List.of(event("a", "2", 3, 2, 2))));
        WatchLog twice = new WatchLog(2, 2);
        twice.received(new WatchLog.Message(0, List.of(event("a", "1", 2, 2, 1))));
        twice.received(new WatchLog.Message(0, List.of(event("a", "1", 2, 2, 1), event("a", "2", 3, 2, 2))));
        WatchLog backwards = new WatchLog(3, 2);
        backwards.received(new WatchLog.Message(0, List.of(event("a", "2", 3, 2, 2), event("a", "1", 2, 2, 1))));
        WatchLog different = new WatchLog(4, 2);
        different.received(new WatchLog.Message(0, List.of(event("a", "x", 2, 2, 1))));
        List<String> faults = HistoryCheck.faults(operations, List.of(log, missing, twice, backwards, different), Set.of());
        for (String word : List.of("member 1 was told of revision 3 when 2 had to come", "member 2 was told of revision 2 when 3",
                "member 3 was told", "at member 4", "member 4 was not told of 3 to 3")) {
            assertTrue(faults.stream().anyMatch(f -> f.contains(word)), () -> word + " not in " + faults);
        }
    }

    @Test
    void aWatcherThatWasToldOfACompactionMayMissWhatIsGone() {
        twoPuts();
        WatchLog late = new WatchLog(1, 2);
        late.compacted(3);
        late.received(new WatchLog.Message(0, List.of(event("a", "2", 3, 2, 2))));
        assertEquals(List.of(), HistoryCheck.faults(operations, List.of(log, late), Set.of()));
    }

    @Test
    void aPartOfARevisionIsFound() {
        add(change(Outcome.DONE, 2, Optional.empty(), new Change("a", Optional.of("1")), new Change("b", Optional.of("1"))));
        tell(event("a", "1", 2, 2, 1), event("b", "1", 2, 2, 1));
        WatchLog torn = new WatchLog(1, 2);
        torn.received(new WatchLog.Message(0, List.of(event("a", "1", 2, 2, 1))));
        torn.received(new WatchLog.Message(0, List.of(event("b", "1", 2, 2, 1))));
        List<String> faults = HistoryCheck.faults(operations, List.of(log, torn), Set.of());
        assertTrue(faults.stream().anyMatch(f -> f.contains("a part of revision 2")), faults::toString);
    }

    @Test
    void wrongNumbersAndGapsAreFound() {
        twoPuts();
        tell(event("a", "3", 5, 2, 7));
        assertFound("no watcher was told of the revisions 4 to 4", "wrong numbers");
    }

    @Test
    void leasesThatEndEarlyOrLateAreFound() {
        LeaseLife life = new LeaseLife("l", 2, 100 * SECOND, 101 * SECOND, false);
        assertEquals("", life.fault(OptionalLong.of(103 * SECOND), 120 * SECOND, 5 * SECOND));
        assertTrue(life.fault(OptionalLong.of(101 * SECOND), 120 * SECOND, 5 * SECOND).contains("1000 ms early"));
        assertTrue(life.fault(OptionalLong.of(109 * SECOND), 120 * SECOND, 5 * SECOND).contains("later than the bound"));
        assertTrue(life.fault(OptionalLong.empty(), 120 * SECOND, 5 * SECOND).contains("still there"));
        assertEquals("", new LeaseLife("l", 2, 100 * SECOND, 101 * SECOND, true)
                .fault(OptionalLong.of(101 * SECOND), 120 * SECOND, 5 * SECOND));
    }
}
