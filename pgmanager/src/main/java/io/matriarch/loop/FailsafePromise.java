package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The promise of this agent to one that leads without the store: not to take the leader lock for a while. A promise and a
 * try to take the lock exclude each other, so that whoever was promised something can rely on it. Any thread.
 */
final class FailsafePromise {

    private final Ticker ticker;
    private final Tick begun;
    private MemberName to;
    private Tick until;
    private Tick triedUntil;

    FailsafePromise(Ticker ticker) {
        this.ticker = ticker;
        this.begun = ticker.now();
    }

    /**
     * Gives or prolongs a promise.
     *
     * @param holding whether this agent has the lock, asked while nothing else can happen here
     * @return false when this agent has the lock, may still get it, or has given its word to another one
     */
    synchronized boolean give(MemberName asker, Duration lasting, BooleanSupplier holding) {
        Tick now = ticker.now();
        boolean trying = triedUntil != null && now.isBefore(triedUntil);
        boolean another = isGiven(now) && !to.equals(asker);
        if (trying || another || holding.getAsBoolean()) {
            return false;
        }
        to = asker;
        until = now.plus(lasting);
        return true;
    }

    /** Has to be asked before the lock is. @param lasting how long a request that was lost may still come into effect */
    synchronized boolean mayTry(Duration lasting) {
        Tick now = ticker.now();
        if (isGiven(now)) {
            return false;
        }
        triedUntil = now.plus(lasting);
        return true;
    }

    /** The outcome of the try is known. */
    synchronized void tried() {
        triedUntil = null;
    }

    private boolean isGiven(Tick now) {
        return until != null && now.isBefore(until);
    }

    /** The promise in force; an agent that began less than {@code ttl} ago may have given one before it began. */
    synchronized Optional<OperatorIntent.Promise> given(Duration ttl) {
        Tick now = ticker.now();
        if (isGiven(now)) {
            return Optional.of(new OperatorIntent.Promise(Optional.of(to)));
        }
        return now.since(begun).compareTo(ttl) < 0 ? Optional.of(new OperatorIntent.Promise(Optional.empty())) : Optional.empty();
    }
}
