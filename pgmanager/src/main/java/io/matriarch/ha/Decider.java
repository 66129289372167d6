package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import java.time.Duration;
import java.util.Optional;

/**
 * The rules.
 *
 * <p>They are asked in the order of {@link #decide}; the first that has something to say decides. Safety comes first:
 * no later rule can keep a primary alive whose lock is not proven.
 */
public final class Decider {

    private Decider() {
    }

    /** Decides one round. Total: every observation has a decision. */
    public static Decision decide(Observation seen) {
        Facts facts = Recollection.of(seen);
        Decision decision = GuardDuty.attend(facts, decide(facts));
        HaMemory left = decision.memory();
        // the answers to a question are for the next decision alone: later they may be too old
        decision = new Decision(decision.rule(), decision.reason(), decision.effects(), left,
                CutRules.pace(seen, decision.next()), decision.notes());
        boolean unused = left.asked().isPresent() && left.asked().equals(seen.memory().asked());
        return unused ? new Decision(decision.rule(), decision.reason(), decision.effects(),
                left.withAsked(Optional.empty()), decision.next(), decision.notes()) : decision;
    }

    /**
     * How long after the last proof of its lock was sent PostgreSQL may live. Empty is strict: until the proven time ends
     * and no longer.
     */
    public static Optional<Duration> lenience(Observation seen, HaMemory memory) {
        return new Facts(seen, memory).lenience();
    }

    private static Decision decide(Facts f) {
        return LockSafety.decide(f)
                .or(() -> CutRules.decide(f))
                .or(() -> Shutdown.decide(f))
                .or(() -> Founding.afterBootstrap(f))
                .or(() -> RunningTask.decide(f))
                .or(() -> WrongCluster.decide(f))
                .or(() -> Founding.withoutData(f))
                .or(() -> Paused.decide(f))
                .orElseGet(() -> byLock(f));
    }

    private static Decision byLock(Facts f) {
        if (f.holds()) {
            return Holder.decide(f);
        }
        if (f.view().isEmpty()) {
            return f.decide(Rule.STORE_UNREACHABLE, "DCS is not accessible", Facts.CALM);
        }
        Optional<LeaderLock> own = f.ownLockToAdopt();
        if (own.isPresent()) {
            return f.decide(Rule.ADOPT_LOCK, "renewing the leader lock", Facts.SOON,
                    f.memory().withAdopted(Optional.of(own.get().lease())), new Effect.AdoptLeaderLock(own.get()));
        }
        if (f.otherLeader().isPresent()) {
            return Following.decide(f, f.otherLeader().get());
        }
        if (f.leader().isPresent()) {
            return f.decide(Rule.LOCK_PENDING, "waiting for proof of the leader lock or for its end", Facts.SOON);
        }
        return LeaderRace.decide(f);
    }
}
