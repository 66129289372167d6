package io.matriarch.history;

import io.matriarch.history.Operation.KeyState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Every change in the order of its revision, as all watchers together were told it: the one history there is. */
final class Truth {

    private final NavigableMap<Long, Map<String, WatchLog.Event>> changes = new TreeMap<>();
    private final Map<String, NavigableMap<Long, Optional<KeyState>>> keys = new HashMap<>();
    private final List<String> faults = new ArrayList<>();

    static Truth of(List<WatchLog> logs) {
        Truth truth = new Truth();
        for (WatchLog log : logs) {
            for (Object entry : log.entries()) {
                if (entry instanceof WatchLog.Message message) {
                    message.events().forEach(event -> truth.add(log, event));
                }
            }
        }
        truth.replay();
        return truth;
    }

    private void add(WatchLog log, WatchLog.Event event) {
        WatchLog.Event known = changes.computeIfAbsent(event.revision(), r -> new TreeMap<>()).putIfAbsent(event.key(), event);
        if (known != null && !known.equals(event)) {
            faults.add("watchers were told different things: " + known + ", at member " + log.member() + " " + event);
        }
    }

    private void replay() {
        long expected = changes.isEmpty() ? 0 : changes.firstKey();
        for (Map.Entry<Long, Map<String, WatchLog.Event>> entry : changes.entrySet()) {
            if (entry.getKey() != expected) {
                faults.add("no watcher was told of the revisions " + expected + " to " + (entry.getKey() - 1));
            }
            expected = entry.getKey() + 1;
            entry.getValue().values().forEach(this::replay);
        }
    }

    private void replay(WatchLog.Event event) {
        NavigableMap<Long, Optional<KeyState>> states = keys.computeIfAbsent(event.key(), k -> new TreeMap<>());
        Optional<KeyState> previous = states.isEmpty() ? Optional.empty() : states.lastEntry().getValue();
        Optional<KeyState> next = event.change().value().map(value -> new KeyState(value,
                previous.map(KeyState::created).orElse(event.revision()), event.revision(),
                previous.map(KeyState::version).orElse(0L) + 1));
        states.put(event.revision(), next);
        if (next.isEmpty() && previous.isEmpty()) {
            faults.add("a key that was not there was deleted: " + event);
        }
        next.filter(state -> state.created() != event.created() || state.version() != event.version()).ifPresent(state ->
                faults.add("wrong numbers: " + event + ", it should be " + state));
    }

    /** What is wrong with it in itself. */
    List<String> faults() {
        return faults;
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    long first() {
        return changes.firstKey();
    }

    long last() {
        return changes.lastKey();
    }

    NavigableMap<Long, Map<String, WatchLog.Event>> changes() {
        return changes;
    }

    Optional<KeyState> at(String key, long revision) {
        Map.Entry<Long, Optional<KeyState>> state = keys.getOrDefault(key, new TreeMap<>()).floorEntry(revision);
        return state == null ? Optional.empty() : state.getValue();
    }
}
