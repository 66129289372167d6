package io.matriarch.history;

import io.matriarch.history.Operation.Change;
import io.matriarch.history.Operation.Outcome;
import io.matriarch.history.Operation.Seen;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether a history is linearizable, and watches and leases kept their word. Pure.
 *
 * <p>The store numbers its changes, and every answer carries the number of the state that it speaks of. So the order in
 * which everything happened is not searched for: it is claimed, and only has to be proven wrong. It is wrong when an
 * answer does not agree with the state of its number, when a change is nobody's, or when an operation that began after
 * another had ended has a smaller number.
 */
final class HistoryCheck {

    private static final int MOST = 50;

    private final List<Operation> operations;
    private final List<WatchLog> logs;
    private final Truth truth;
    private final List<String> faults = new ArrayList<>();
    /** When the request was sent that made a revision; absent for those that no client asked for. */
    private final Map<Long, Long> asked = new HashMap<>();

    private HistoryCheck(List<Operation> operations, List<WatchLog> logs) {
        this.operations = operations;
        this.logs = logs;
        this.truth = Truth.of(logs);
        truth.faults().forEach(this::fault);
    }

    /**
     * @param logs   of watchers that, together, were told of everything that changed
     * @param leased keys that may vanish by the end of a lease
     * @return what is wrong, the first {@value #MOST} of it; empty when nothing is
     */
    static List<String> faults(List<Operation> operations, List<WatchLog> logs, Set<String> leased) {
        HistoryCheck check = new HistoryCheck(operations, logs);
        check.everyChangeIsSomebodys(leased);
        check.everyAnswerAgrees();
        check.timeGoesForward();
        check.watchersWereToldAll();
        return check.faults.stream().limit(MOST).toList();
    }

    private void fault(String text) {
        faults.add(text);
    }

    private void everyChangeIsSomebodys(Set<String> leased) {
        Map<Long, Operation> claims = new HashMap<>();
        Map<String, Operation> byValue = new HashMap<>();
        List<Operation> deletions = new ArrayList<>();
        for (Operation op : operations) {
            op.changes().forEach(change -> change.value().ifPresent(value -> byValue.put(value, op)));
            if (op.hasChanged() && claims.putIfAbsent(op.revision(), op) != null) {
                fault("two operations were told the same revision: " + op + " and " + claims.get(op.revision()));
            }
            if (op.outcome() == Outcome.UNKNOWN && op.changes().stream().allMatch(c -> c.value().isEmpty())) {
                deletions.add(op);
            }
        }
        claims.forEach((revision, op) -> {
            if (!changesAt(revision).equals(Set.copyOf(op.changes()))) {
                fault("acknowledged " + op + ", but that revision holds " + changesAt(revision));
            }
        });
        Set<Operation> used = new HashSet<>();
        for (long revision : truth.changes().keySet()) {
            Optional<Operation> owner = Optional.ofNullable(claims.get(revision))
                    .or(() -> unacknowledged(revision, byValue, deletions, used));
            owner.ifPresent(op -> asked.put(revision, op.invoked()));
            boolean expired = changesAt(revision).stream().allMatch(c -> c.value().isEmpty() && leased.contains(c.key()));
            if (owner.isEmpty() && !expired) {
                fault("nobody asked for what revision " + revision + " holds: " + changesAt(revision));
            }
        }
    }

    /** The operation without an answer that made a revision. It makes one at most, and all of its changes at once. */
    private Optional<Operation> unacknowledged(long revision, Map<String, Operation> byValue, List<Operation> deletions,
            Set<Operation> used) {
        Set<Change> changes = changesAt(revision);
        Optional<Operation> putter = changes.stream().flatMap(change -> change.value().stream()).findFirst().map(byValue::get);
        Optional<Operation> owner = putter.isPresent() ? putter : deletions.stream()
                .filter(op -> !used.contains(op) && Set.copyOf(op.changes()).equals(changes))
                .min(Comparator.comparingLong(Operation::invoked));
        boolean fits = owner.filter(op -> op.outcome() == Outcome.UNKNOWN && Set.copyOf(op.changes()).equals(changes)
                && op.condition().map(c -> c.holds(truth.at(c.key(), revision - 1))).orElse(true)).isPresent();
        return fits && used.add(owner.get()) ? owner : Optional.empty();
    }

    private Set<Change> changesAt(long revision) {
        Set<Change> changes = new HashSet<>();
        truth.changes().getOrDefault(revision, Map.of()).values().forEach(event -> changes.add(event.change()));
        return changes;
    }

    private void everyAnswerAgrees() {
        for (Operation op : operations) {
            if (op.outcome() == Outcome.DONE) {
                agrees(op, op.before(), op.revision() - 1);
                agrees(op, op.after(), op.revision());
                long judged = op.hasChanged() ? op.revision() - 1 : op.revision();
                op.condition().filter(c -> c.holds(truth.at(c.key(), judged)) != op.succeeded()).ifPresent(c ->
                        fault("the condition of " + op + " met " + truth.at(c.key(), judged)));
            }
        }
    }

    private void agrees(Operation op, List<Seen> seen, long revision) {
        for (Seen one : seen) {
            if (!one.state().equals(truth.at(one.key(), revision))) {
                fault(op + " saw " + one + ", but at " + revision + " it was " + truth.at(one.key(), revision));
            }
        }
    }

    /** Sweeps over all beginnings and ends in the order of time. */
    private void timeGoesForward() {
        List<Operation> done = operations.stream().filter(op -> op.outcome() == Outcome.DONE).toList();
        List<Operation> ends = done.stream().sorted(Comparator.comparingLong(Operation::returned)).toList();
        List<Operation> beginnings = done.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
        long floor = 0;
        int ended = 0;
        for (Operation op : beginnings) {
            while (ended < ends.size() && ends.get(ended).returned() < op.invoked()) {
                floor = Math.max(floor, ends.get(ended++).revision());
            }
            long least = op.hasChanged() ? floor + 1 : floor;
            if (!op.serializable() && op.revision() < least) {
                fault("it went back: before " + op + " began, revision " + floor + " had been told");
            }
        }
        TreeMap<Long, Long> askedUpTo = new TreeMap<>();
        long latest = Long.MIN_VALUE;
        for (long revision : truth.changes().keySet()) {
            latest = Math.max(latest, asked.getOrDefault(revision, latest));
            askedUpTo.put(revision, latest);
        }
        done.forEach(op -> {
            Map.Entry<Long, Long> newest = askedUpTo.floorEntry(op.revision());
            if (newest != null && newest.getValue() > op.returned()) {
                fault(op + " was told of a change that was asked for only later");
            }
            if (newest != null && op.revision() > truth.last()) {
                fault(op + " was told a revision that no watcher ever saw");
            }
        });
    }

    private void watchersWereToldAll() {
        for (WatchLog log : logs) {
            long next = log.from();
            for (Object entry : log.entries()) {
                if (entry instanceof Long compacted) {
                    next = Math.max(next, compacted);
                } else if (entry instanceof WatchLog.Message message) {
                    next = told(log, message, next);
                }
            }
            if (!truth.isEmpty() && next <= truth.last()) {
                fault("the watcher at member " + log.member() + " was not told of " + next + " to " + truth.last());
            }
        }
    }

    /** @return the revision that has to come next */
    private long told(WatchLog log, WatchLog.Message message, long expected) {
        long next = expected;
        Map<Long, Set<String>> byRevision = new TreeMap<>();
        long last = Long.MIN_VALUE;
        for (WatchLog.Event event : message.events()) {
            if (event.revision() < last) {
                fault("the watcher at member " + log.member() + " was told " + event + " after revision " + last);
            }
            last = event.revision();
            if (!byRevision.computeIfAbsent(event.revision(), r -> new HashSet<>()).add(event.key())) {
                fault("the watcher at member " + log.member() + " was told twice of " + event);
            }
        }
        for (Map.Entry<Long, Set<String>> told : byRevision.entrySet()) {
            if (told.getKey() != next) {
                fault("the watcher at member " + log.member() + " was told of revision " + told.getKey() + " when " + next
                        + " had to come");
            }
            if (!told.getValue().equals(truth.changes().get(told.getKey()).keySet())) {
                fault("the watcher at member " + log.member() + " was told of a part of revision " + told.getKey() + ": "
                        + told.getValue());
            }
            next = told.getKey() + 1;
        }
        return next;
    }
}
