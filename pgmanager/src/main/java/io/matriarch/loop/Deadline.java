package io.matriarch.loop;

import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Optional;

/**
 * Cuts waiting short so that the loop is back when the proven time of the leader lock ends: a primary must be fenced
 * then, whatever the loop was waiting for.
 */
final class Deadline {

    private static final Duration LEAST = Duration.ofMillis(20);

    private final Ticker ticker;
    private final LeaderLockKeeper keeper;

    Deadline(Ticker ticker, LeaderLockKeeper keeper) {
        this.ticker = ticker;
        this.keeper = keeper;
    }

    /** {@code wanted}, or what is left of the hold when that is less and something may write. */
    Duration of(Duration wanted, boolean mayWrite) {
        Optional<Tick> until = keeper.writableUntil();
        if (!mayWrite || until.isEmpty()) {
            return wanted;
        }
        Duration left = until.get().since(ticker.now());
        if (left.compareTo(wanted) >= 0) {
            return wanted;
        }
        return left.compareTo(LEAST) < 0 ? LEAST : left;
    }
}
