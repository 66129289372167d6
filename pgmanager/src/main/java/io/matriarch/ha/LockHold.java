package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import java.util.Optional;

/**
 * What this agent knows of its own leader lock: the lease it renews and until when that is proven. The value of the
 * leader key alone is never a hold.
 *
 * @param lock       the lock being renewed; empty when this agent does not try to hold one
 * @param validUntil end of the proven time; empty while no renewal or acquisition has succeeded yet
 * @param proof      the last lock that was proven to be held. It stays when the proven time ends and when the store says
 *                   that the lock is gone; it goes when the lock is forgotten, given away, or the machine was suspended
 * @param promised   until when every other member has promised not to take the lock; stays when the store says that the
 *                   lock is gone
 */
public record LockHold(Optional<LeaderLock> lock, Optional<Tick> validUntil, Optional<Proof> proof, Optional<Tick> promised) {

    public static final LockHold NONE = new LockHold(Optional.empty(), Optional.empty());

    public LockHold(Optional<LeaderLock> lock, Optional<Tick> validUntil) {
        this(lock, validUntil, Optional.empty());
    }

    public LockHold(Optional<LeaderLock> lock, Optional<Tick> validUntil, Optional<Proof> proof) {
        this(lock, validUntil, proof, Optional.empty());
    }

    /** Whether nobody else takes the lock at this moment, whatever the store says. */
    public boolean isPromisedAt(Tick now) {
        return promised.filter(until -> now.isBefore(until)).isPresent();
    }

    /** @param sent the moment before the request left that proved it */
    public record Proof(LeaderLock lock, Tick sent) {
    }

    public boolean isValidAt(Tick now) {
        return lock.isPresent() && validUntil.isPresent() && now.isBefore(validUntil.get());
    }
}
