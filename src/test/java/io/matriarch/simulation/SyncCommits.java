package io.matriarch.simulation;

import java.util.ArrayDeque;
import java.util.Map;

/** The commits of one server that wait for synchronous replicas. They are never acknowledged once its processes end. */
final class SyncCommits {

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private SyncRule rule = SyncRule.NONE;
    private String setting = "";

    /** The setting in effect. */
    String setting() {
        return setting;
    }

    SyncRule rule() {
        return rule;
    }

    /** Another setting takes effect; what it does not ask for any more is released. */
    void setting(String text, Map<String, Long> flushed) {
        setting = text;
        rule = SyncRule.parse(text);
        confirmed(flushed);
    }

    /** A commit that ends at {@code lsn}; {@code acknowledge} runs now or when replicas have confirmed it. */
    void submit(long lsn, Runnable acknowledge, Map<String, Long> flushed) {
        waiting.add(new Waiting(lsn, acknowledge));
        confirmed(flushed);
    }

    /** Connected replicas have this much on disk. */
    void confirmed(Map<String, Long> flushed) {
        if (waiting.isEmpty()) {
            return;
        }
        long released = rule.released(flushed);
        while (!waiting.isEmpty() && waiting.peek().lsn <= released) {
            waiting.poll().acknowledge.run();
        }
    }

    /** The sessions end: nobody is told of what waits. */
    void abandon() {
        waiting.clear();
    }

    private record Waiting(long lsn, Runnable acknowledge) {
    }
}
