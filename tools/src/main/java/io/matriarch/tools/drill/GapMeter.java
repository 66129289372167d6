package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.Optional;

/**
 * Measures for how long nothing was acknowledged: the longest time between two acknowledgements that follow one another,
 * the earlier of which may lie before the window. Any thread. Holds no history.
 */
public final class GapMeter {

    private boolean any;
    private long last;
    private long count;
    private long longest;

    /** An acknowledgement at a moment of {@link System#nanoTime}; moments do not go back. */
    public synchronized void acknowledged(long nanos) {
        if (any) {
            longest = Math.max(longest, nanos - last);
        }
        any = true;
        last = nanos;
        count++;
    }

    /** Opens a new window. The gap that is open right now belongs to it, from its beginning. */
    public synchronized void begin() {
        longest = 0;
    }

    /** The longest gap of the window that has ended; empty when nothing was acknowledged in the window. */
    public synchronized Optional<Duration> longestGap() {
        return longest == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(longest));
    }

    /** All acknowledgements so far. */
    public synchronized long count() {
        return count;
    }
}
