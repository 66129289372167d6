package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The data directory belongs to another cluster. */
final class WrongCluster {

    private static final Duration STOP = Duration.ofSeconds(10);

    private WrongCluster() {
    }

    static Optional<Decision> decide(Facts f) {
        Optional<String> cluster = f.clusterIdentifier();
        if (!f.hasData() || cluster.isEmpty() || f.systemIdentifier().isEmpty()
                || cluster.equals(f.systemIdentifier())) {
            return Optional.empty();
        }
        String difference = cluster.get() + " != " + f.systemIdentifier().get();
        Optional<LeaderLock> lock = f.seen().lock().lock();
        if (f.paused()) {
            return lock.isEmpty() ? Optional.empty() : Optional.of(f.decide(Rule.RELEASE_WRONG_CLUSTER,
                    "released leader key voluntarily due to the system ID mismatch", Facts.CALM,
                    f.memory().withDropped(lock.map(LeaderLock::lease)),
                    new Effect.ReleaseLeaderLock(Optional.empty())));
        }
        String message = "system ID mismatch, node " + f.me() + " belongs to a different cluster: " + difference;
        if (f.postgres().alive()) {
            return Optional.of(f.decide(Rule.WRONG_CLUSTER, message, Facts.CALM,
                    new Effect.Begin(new Operation.Stop(Operation.StopMode.FAST, false, STOP))));
        }
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.Fence());
        lock.ifPresent(l -> effects.add(new Effect.ReleaseLeaderLock(Optional.empty())));
        effects.add(new Effect.Exit(1, message));
        return Optional.of(new Decision(Rule.WRONG_CLUSTER, message, effects, f.memory(), Facts.CALM));
    }
}
