package io.matriarch.ha;

import java.time.Duration;

/** A moment of this agent's monotonic clock, in nanoseconds since an arbitrary beginning. */
public record Tick(long nanos) implements Comparable<Tick> {

    public Tick plus(Duration duration) {
        return new Tick(nanos + duration.toNanos());
    }

    /** The time from {@code earlier} to this moment; negative when this one is the earlier. */
    public Duration since(Tick earlier) {
        return Duration.ofNanos(nanos - earlier.nanos);
    }

    public boolean isBefore(Tick other) {
        return nanos - other.nanos < 0;
    }

    @Override
    public int compareTo(Tick other) {
        return Long.compare(nanos - other.nanos, 0);
    }
}
