package io.matriarch.simulation;

import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** Virtual time and what is due in it. One thread; events of one moment run in the order they were added. */
final class EventLoop {

    private final PriorityQueue<Event> queue = new PriorityQueue<>(1024);
    private final Runnable afterEach;
    private long now;
    private long added;
    private long executed;
    private boolean stopped;

    /** @param afterEach runs after every event: the invariants */
    EventLoop(Runnable afterEach) {
        this.afterEach = afterEach;
    }

    /** Nanoseconds since the simulation began. */
    long now() {
        return now;
    }

    long executed() {
        return executed;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Ends the simulation: nothing runs any more and time stands still. */
    void stop() {
        stopped = true;
    }

    void at(long time, Runnable action) {
        queue.add(new Event(Math.max(time, now), added++, action));
    }

    void after(long delay, Runnable action) {
        at(now + delay, action);
    }

    void runUntil(long deadline) {
        runUntil(deadline, () -> false);
    }

    /**
     * Runs what is due until {@code done} or the deadline. May be called from within an event: time then passes for
     * everyone while the caller waits.
     */
    void runUntil(long deadline, BooleanSupplier done) {
        while (!stopped && !done.getAsBoolean()) {
            Event next = queue.peek();
            if (next == null || next.time > deadline) {
                now = Math.max(now, deadline);
                return;
            }
            queue.poll();
            now = Math.max(now, next.time);
            executed++;
            next.action.run();
            afterEach.run();
        }
    }

    private record Event(long time, long sequence, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            return time != other.time ? Long.compare(time, other.time) : Long.compare(sequence, other.sequence);
        }
    }
}
