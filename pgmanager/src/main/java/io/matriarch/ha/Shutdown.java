package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.PostgresRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The agent was told to end: PostgreSQL stops first, then the lock is given up, then the process ends. */
final class Shutdown {

    private static final Duration STOP = Duration.ofSeconds(9);
    private static final Duration PATIENCE = Duration.ofSeconds(12);
    private static final Duration RELEASE_PATIENCE = Duration.ofSeconds(13);

    private Shutdown() {
    }

    static Optional<Decision> decide(Facts seen) {
        if (!seen.seen().intent().shutdown()) {
            return Optional.empty();
        }
        if (seen.paused()) {
            return Optional.of(seen.decide(Rule.SHUTDOWN_PAUSED,
                    "Leader key is not deleted and Postgresql is not stopped due paused state", Facts.SOON,
                    new Effect.Exit(0, "shutting down")));
        }
        Facts f = seen.memory().shutdownSince().isPresent() ? seen : seen.with(m -> m.withShutdownSince(seen.now()));
        Duration going = f.now().since(f.memory().shutdownSince().orElseThrow());
        return Optional.of(going.compareTo(PATIENCE) >= 0 ? atLast(f, going) : orderly(f));
    }

    private static Decision orderly(Facts f) {
        if (f.running().isPresent()) {
            Operation operation = f.running().get().operation();
            if (operation instanceof Operation.Stop) {
                return f.decide(Rule.SHUTDOWN_STOPS, "stopping PostgreSQL", Facts.CALM);
            }
            return f.decide(Rule.SHUTDOWN_CANCELS, "Cancelling long running task " + operation.label(), Facts.SOON,
                    new Effect.CancelOperation());
        }
        if (f.postgres().alive() || f.postgres().mayWrite()) {
            boolean primary = f.postgres().role() == PostgresRole.PRIMARY;
            return f.decide(Rule.SHUTDOWN_STOPS, "stopping PostgreSQL", Facts.CALM,
                    new Effect.Begin(new Operation.Stop(Operation.StopMode.FAST, primary, STOP)));
        }
        return leave(f, true);
    }

    /** Time is up: whatever still runs is killed, and the lock is left to expire if the store does not answer. */
    private static Decision atLast(Facts f, Duration going) {
        List<Effect> effects = new ArrayList<>();
        if (f.postgres().alive() || f.postgres().mayWrite()) {
            return f.decide(Rule.SHUTDOWN_FENCES, "stopping PostgreSQL at once because it did not stop in time",
                    Facts.SOON, new Effect.Fence());
        }
        f.running().ifPresent(task -> effects.add(new Effect.CancelOperation()));
        Decision leave = leave(f, going.compareTo(RELEASE_PATIENCE) < 0);
        effects.addAll(leave.effects());
        return new Decision(leave.rule(), leave.reason(), effects, leave.memory(), leave.next());
    }

    private static Decision leave(Facts f, boolean release) {
        Effect exit = new Effect.Exit(0, "shutting down");
        Optional<LeaderLock> lock = f.seen().lock().lock();
        if (release && lock.isPresent()) {
            Optional<ClusterStatus> status = f.shutdownPosition().map(f::statusAt);
            return f.decide(Rule.SHUTDOWN_RELEASES, "Leader key released", Facts.SOON,
                    f.memory().withDropped(lock.map(LeaderLock::lease)), new Effect.ReleaseLeaderLock(status), exit);
        }
        return f.decide(Rule.SHUTDOWN_ENDS, "shutting down", Facts.SOON, exit);
    }
}
