package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import java.util.Optional;

/**
 * What this agent knows of its own leader lock: the lease it renews and until when that is proven. The value of the
 * leader key alone is never a hold.
 *
 * @param lock       the lock being renewed; empty when this agent does not try to hold one
 * @param validUntil end of the proven time; empty while no renewal or acquisition has succeeded yet
 */
public record LockHold(Optional<LeaderLock> lock, Optional<Tick> validUntil) {

    public static final LockHold NONE = new LockHold(Optional.empty(), Optional.empty());

    public boolean isValidAt(Tick now) {
        return lock.isPresent() && validUntil.isPresent() && now.isBefore(validUntil.get());
    }
}
