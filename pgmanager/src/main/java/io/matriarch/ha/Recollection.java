package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.ha.HaMemory.Backoff;
import io.matriarch.ha.HaMemory.Upkeep;
import java.time.Duration;
import java.util.Optional;

/** Takes into the memory what an observation shows, before anything is decided. */
final class Recollection {

    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);
    private static final int DOUBLINGS = 4;

    private Recollection() {
    }

    static Facts of(Observation seen) {
        Facts facts = new Facts(seen, seen.memory());
        return pauseAndStart(facts).with(m -> foundation(facts, m)).with(m -> backoff(facts, m))
                .with(m -> view(facts, m)).with(m -> m.withSync(SyncReplication.remember(facts, m.sync())))
                .with(m -> lock(facts, m)).with(m -> streaming(facts, m));
    }

    private static Facts pauseAndStart(Facts facts) {
        HaMemory memory = facts.memory();
        boolean paused = facts.view().map(ClusterView::isPaused).orElse(memory.paused());
        boolean comesBack = !memory.started() || memory.paused() && !paused;
        HaMemory changed = memory.withStarted().withPaused(paused);
        if (comesBack) {
            changed = changed.withGraceUntil(Optional.of(facts.now().plus(facts.settings().leaderLease())));
        }
        return new Facts(facts.seen(), changed);
    }

    private static HaMemory foundation(Facts facts, HaMemory memory) {
        boolean bootstrapping = facts.seen().task()
                .filter(task -> task.operation() instanceof Operation.Bootstrap)
                .filter(task -> task.isRunning() || task.succeeded()).isPresent();
        boolean founding = (memory.founding() || bootstrapping) && !facts.holds() && facts.otherLeader().isEmpty()
                && (bootstrapping || facts.postgres().alive());
        return memory.withFounding(memory.founder() || bootstrapping, founding);
    }

    private static HaMemory backoff(Facts facts, HaMemory memory) {
        if (facts.ended().isEmpty()) {
            return memory;
        }
        if (facts.ended().get().succeeded()) {
            return memory.withBackoff(Backoff.NONE);
        }
        int failures = memory.backoff().failures() + 1;
        Duration pause = Duration.ofSeconds(1L << Math.min(failures - 1, DOUBLINGS));
        Duration bounded = pause.compareTo(LONGEST_BACKOFF) < 0 ? pause : LONGEST_BACKOFF;
        return memory.withBackoff(new Backoff(failures, Optional.of(facts.now().plus(bounded))));
    }

    private static HaMemory view(Facts facts, HaMemory memory) {
        if (facts.view().isEmpty()) {
            return memory;
        }
        HaMemory changed = memory;
        Optional<LeaderLock> leader = facts.leader();
        if (leader.isPresent()) {
            changed = changed.withFormerLeader(leader.get().holder());
        }
        if (leader.isPresent() == memory.unlockedSince().isPresent()) {
            changed = changed.withUnlockedSince(leader.isPresent() ? Optional.empty() : Optional.of(facts.now()));
        }
        ClusterView view = facts.view().get();
        if (view.config().isPresent() && !view.config().document().equals(memory.upkeep().config())) {
            changed = changed.withUpkeep(changed.upkeep().withConfig(view.config().document()));
        }
        return changed;
    }

    private static HaMemory lock(Facts facts, HaMemory memory) {
        HaMemory changed = memory;
        boolean healthy = facts.postgres().isRunningPrimary() || !facts.holds();
        if (healthy && memory.troubleSince().isPresent()) {
            changed = changed.withTroubleSince(Optional.empty());
        } else if (!healthy && memory.troubleSince().isEmpty()) {
            changed = changed.withTroubleSince(Optional.of(facts.now()));
        }
        if (facts.holds()) {
            changed = changed.withGraceUntil(Optional.empty());
        } else if (facts.seen().lock().lock().isEmpty()) {
            changed = facts.otherLeader().isPresent() ? changed.withRaced(false) : changed;
            changed = memory.switchover().isPresent() && facts.running().isEmpty()
                    ? changed.withSwitchover(Optional.empty()) : changed;
        }
        return changed;
    }

    private static HaMemory streaming(Facts facts, HaMemory memory) {
        Upkeep upkeep = memory.upkeep();
        PostgresStatus postgres = facts.postgres();
        boolean streams = postgres.receiver().filter(r -> r.status().equals("streaming")).isPresent();
        if (streams || !postgres.isRunningReplica()) {
            return upkeep.notStreamingSince().isPresent() ? memory.withUpkeep(upkeep.withStreaming()) : memory;
        }
        return upkeep.notStreamingSince().isPresent() ? memory
                : memory.withUpkeep(upkeep.withNotStreaming(facts.now(), Optional.empty(), Optional.empty()));
    }
}
