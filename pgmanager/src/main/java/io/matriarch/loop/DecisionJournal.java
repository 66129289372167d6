package io.matriarch.loop;

import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.ha.Rule;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The last decisions, oldest first; one that repeats the decision before it only counts up. Any thread. */
public final class DecisionJournal {

    private static final int CAPACITY = 256;

    private final Deque<Entry> entries = new ArrayDeque<>();

    /** @param failed the effect that did not succeed, which ended the round */
    synchronized void add(Instant at, Decision decision, Optional<Effect> failed) {
        Entry last = entries.peekLast();
        Entry entry = new Entry(at, at, 1, decision.rule(), decision.reason(), decision.effects(), failed);
        if (last != null && last.repeats(entry)) {
            entries.removeLast();
            entry = new Entry(last.first, at, last.times + 1, entry.rule, entry.reason, entry.effects, failed);
        } else if (entries.size() == CAPACITY) {
            entries.removeFirst();
        }
        entries.addLast(entry);
    }

    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** One decision, or a run of equal ones. */
    public record Entry(Instant first, Instant last, int times, Rule rule, String reason, List<Effect> effects,
                        Optional<Effect> failed) {

        private boolean repeats(Entry next) {
            return rule == next.rule && reason.equals(next.reason) && effects.equals(next.effects)
                    && failed.equals(next.failed);
        }
    }
}
