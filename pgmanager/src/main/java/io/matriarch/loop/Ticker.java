package io.matriarch.loop;

import io.matriarch.ha.Tick;

/** The monotonic clock. */
@FunctionalInterface
public interface Ticker {

    Tick now();

    /** The clock of this Java process. */
    static Ticker system() {
        return () -> new Tick(System.nanoTime());
    }
}
