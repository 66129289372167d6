package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the guard in step with what was decided: on watch over a primary that lives under a lock, off watch over a
 * replica and while the cluster is paused. What brings a primary into being arms the guard by itself.
 */
final class GuardDuty {

    private GuardDuty() {
    }

    /** The decision with what the guard has to be told before anything else is done. */
    static Decision attend(Facts f, Decision decision) {
        List<Effect> effects = decision.effects();
        if (!f.postgres().alive() || effects.stream().anyMatch(e -> e instanceof Effect.Fence)) {
            return decision;
        }
        GuardState guard = f.postgres().guard();
        if (decision.memory().paused()) {
            return guard.mayBeArmed() ? first(new Effect.DisarmGuard(), decision) : decision;
        }
        boolean armed = effects.stream().anyMatch(e -> e instanceof Effect.ArmGuard);
        Optional<LeaderLock> lock = armed || effects.stream().anyMatch(e -> e instanceof Effect.Exit) ? Optional.empty()
                : primaryUnder(f, effects);
        if (lock.filter(held -> guard.mustBeArmed(held.epoch())).isPresent()) {
            return first(new Effect.ArmGuard(lock.get().lease(), lock.get().epoch()), decision);
        }
        boolean idle = f.running().isEmpty() && f.seen().lock().lock().isEmpty() && f.postgres().isRunningReplica();
        return !armed && idle && guard.mayBeArmed() ? first(new Effect.DisarmGuard(), decision) : decision;
    }

    /** The lock that the running primary lives under, or will once it is renewed. */
    private static Optional<LeaderLock> primaryUnder(Facts f, List<Effect> effects) {
        if (f.holds() && f.postgres().isRunningPrimary()) {
            return f.seen().lock().lock();
        }
        return effects.stream().filter(e -> e instanceof Effect.AdoptLeaderLock && f.postgres().mayWrite())
                .map(e -> ((Effect.AdoptLeaderLock) e).lock()).findFirst();
    }

    private static Decision first(Effect effect, Decision decision) {
        List<Effect> effects = new ArrayList<>();
        effects.add(effect);
        effects.addAll(decision.effects());
        return new Decision(decision.rule(), decision.reason(), effects, decision.memory(), decision.next(),
                decision.notes());
    }
}
