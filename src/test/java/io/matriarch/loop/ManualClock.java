package io.matriarch.loop;

import io.matriarch.ha.Tick;
import java.time.Duration;

/** A monotonic clock that a test moves, and the one that also counts time asleep. */
final class ManualClock implements Ticker {

    private Duration now = Duration.ofSeconds(1000);
    private Duration asleep = Duration.ZERO;

    @Override
    public Tick now() {
        return new Tick(now.toNanos());
    }

    Tick boot() {
        return new Tick(now.plus(asleep).toNanos());
    }

    Tick pass(long millis) {
        now = now.plusMillis(millis);
        return now();
    }

    void sleep(long millis) {
        asleep = asleep.plusMillis(millis);
    }
}
