package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for conditions. */
final class Wait {

    private static final Duration POLL = Duration.ofMillis(20);

    private Wait() {
    }

    /** For conditions that cost next to nothing to look at. @return whether it came true in time */
    static boolean until(BooleanSupplier condition, Duration patience) {
        return until(condition, POLL, patience);
    }

    /** @return whether the condition came true in time */
    static boolean until(BooleanSupplier condition, Duration poll, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            pause(poll);
        }
        return true;
    }

    /** @throws DrillException when interrupted */
    static void pause(Duration length) {
        try {
            Thread.sleep(length.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrillException("interrupted", e);
        }
    }
}
