package io.matriarch.ha;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** This member holds a proven leader lock: be the primary. */
final class Holder {

    private static final int PROMOTIONS_BEFORE_GIVING_UP = 2;

    private Holder() {
    }

    static Decision decide(Facts f) {
        PostgresStatus postgres = f.postgres();
        if (!postgres.alive()) {
            return f.memory().switchover().isPresent() ? Switchover.finish(f) : Recovery.startAgain(f);
        }
        if (postgres.isRunningPrimary()) {
            return primary(f);
        }
        return postgres.isRunningReplica() ? promote(f) : Recovery.notWritable(f);
    }

    static Decision primary(Facts seen) {
        Facts f = seen.memory().switchover().isPresent() && seen.running().isEmpty()
                ? seen.with(m -> m.withSwitchover(Optional.empty())) : seen;
        return Switchover.begin(f).or(() -> OperatorRequests.restart(f)).orElseGet(() -> PrimaryDuties.decide(f));
    }

    static Decision promote(Facts f) {
        if (f.memory().backoff().failures() >= PROMOTIONS_BEFORE_GIVING_UP && f.memory().backoff().isOver(f.now())) {
            Optional<Decision> released = Recovery.giveUp(f, Rule.GIVE_UP_PROMOTION,
                    "removed leader key after trying and failing to promote");
            if (released.isPresent()) {
                return released.get();
            }
        }
        if (!f.memory().backoff().isOver(f.now())) {
            return f.decide(Rule.PROMOTE_BACKOFF, "waiting before the next try to promote", Facts.SOON);
        }
        LeaderLock lock = f.seen().lock().lock().orElseThrow();
        Optional<Decision> first = Election.beforePromotion(f, lock);
        if (first.isPresent()) {
            return first.get();
        }
        List<Effect> effects = new ArrayList<>(Election.keyOfPromotion(f));
        effects.add(new Effect.ArmGuard(lock.lease(), lock.epoch()));
        effects.add(new Effect.Begin(new Operation.Promote()));
        f.view().flatMap(view -> view.failover()).map(FailoverRequest::modified)
                .ifPresent(revision -> effects.add(new Effect.ClearFailover(revision)));
        String reason = f.memory().raced() ? "promoted self to leader by acquiring session lock"
                : "promoted self to leader because I had the session lock";
        return new Decision(Rule.PROMOTE, reason, effects, f.memory().withRaced(false).withAsked(Optional.empty()),
                Facts.CALM);
    }
}
