package io.matriarch.ha;

import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import java.util.Optional;

/** What an operator asked of this agent and that does not go through the store. */
public final class OperatorRequests {

    private OperatorRequests() {
    }

    /** Why a reinitialization cannot begin now, in the words of the REST API; empty when it can. */
    public static Optional<String> reinitializeRefusal(Observation seen) {
        Facts f = Recollection.of(seen);
        if (f.view().isEmpty() || f.leader().isEmpty()) {
            return Optional.of("Cluster has no leader, can not reinitialize");
        }
        if (f.otherLeader().isEmpty()) {
            return Optional.of("I am the leader, can not reinitialize");
        }
        boolean forced = seen.intent().reinitialize().filter(OperatorIntent.Reinitialize::force).isPresent();
        if (!forced && f.running().isPresent()) {
            return f.running().map(task -> task.operation().label() + " already in progress");
        }
        return Optional.empty();
    }

    /** A restart or a reinitialization of a member that is not the leader. */
    static Optional<Decision> ofReplica(Facts f, MemberName leader) {
        return reinitialize(f, leader).or(() -> restart(f));
    }

    static Optional<Decision> reinitialize(Facts f, MemberName leader) {
        Optional<OperatorIntent.Reinitialize> wish = f.seen().intent().reinitialize()
                .filter(r -> r.id() != f.memory().upkeep().reinitializeTried());
        if (wish.isPresent()) {
            Optional<Member> source = Upstreams.cloneSource(f, leader, wish.get().fromLeader());
            if (source.isPresent()) {
                HaMemory memory = f.memory().withUpkeep(f.memory().upkeep().withReinitializeTried(wish.get().id()));
                Upstream upstream = Upstreams.of(source.get()).orElseThrow();
                return Optional.of(f.decide(Rule.REINITIALIZE, "reinitialize in progress", Facts.CALM, memory,
                        new Effect.Begin(new Operation.Reinitialize(upstream, upstream.name().equals(leader)))));
            }
        }
        return Optional.empty();
    }

    /** A restart, in whatever role the server has. */
    static Optional<Decision> restart(Facts f) {
        return f.seen().intent().restart()
                .filter(r -> r.id() != f.memory().upkeep().restartTried() && f.postgres().alive())
                .map(r -> f.decide(Rule.RESTART, "restart in progress", Facts.CALM,
                        f.memory().withUpkeep(f.memory().upkeep().withRestartTried(r.id())),
                        new Effect.Begin(new Operation.Restart(r.timeout()))));
    }
}
