package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a cluster comes to be, and how a member without data gets some. */
final class Founding {

    /** How long members that come up at the same time have to say that they have data. */
    private static final Duration COURTESY = Duration.ofMillis(300);

    private Founding() {
    }

    /** A bootstrap that has ended. */
    static Optional<Decision> afterBootstrap(Facts f) {
        if (f.failed(Operation.Bootstrap.class)) {
            return Optional.of(f.decide(Rule.BOOTSTRAP_FAILED,
                    "removing initialize key after failed attempt to bootstrap the cluster", Facts.CALM,
                    new Effect.WithdrawInitialize(), new Effect.Exit(1, "Failed to bootstrap cluster")));
        }
        if (!f.memory().founding() || f.running().isPresent() || f.holds()) {
            return Optional.empty();
        }
        if (f.ownLockToAdopt().isPresent()) {
            return Optional.of(f.decide(Rule.ADOPT_LOCK, "renewing the first leader lock", Facts.SOON,
                    f.memory().withAdopted(Optional.of(f.ownLockToAdopt().get().lease())),
                    new Effect.AdoptLeaderLock(f.ownLockToAdopt().get())));
        }
        if (f.view().isEmpty() || f.leader().isPresent() || f.systemIdentifier().isEmpty()) {
            return Optional.of(f.decide(Rule.FOUNDATION_WAITS, "waiting to take the first leader lock", Facts.SOON));
        }
        if (f.clusterIdentifier().isPresent() && !f.clusterIdentifier().equals(f.systemIdentifier())) {
            return Optional.empty();
        }
        return Optional.of(acquire(f, Rule.FOUNDED, "initialized a new cluster"));
    }

    /** Takes the lock, after making sure that the store knows the cluster. */
    static Decision acquire(Facts f, Rule rule, String reason) {
        ClusterView view = f.view().orElseThrow();
        List<Effect> effects = new ArrayList<>();
        if (f.clusterIdentifier().isEmpty() && f.systemIdentifier().isPresent()) {
            boolean absent = view.initialize().isEmpty();
            if (absent || f.memory().founder()) {
                effects.add(new Effect.WriteInitialize(f.systemIdentifier().get(), absent));
            }
        }
        if (!view.config().isPresent() && !configToRestore(f).isEmpty()) {
            effects.add(new Effect.RestoreConfig(configToRestore(f)));
        }
        effects.add(new Effect.AcquireLeaderLock(Election.compared(f)));
        return new Decision(rule, reason, effects, f.memory().withRaced(true).withAsked(Optional.empty()),
                Facts.SOON);
    }

    /** The last value seen of the config key, or what the file gives a new cluster. */
    static Map<String, Object> configToRestore(Facts f) {
        return f.memory().upkeep().config().isEmpty() ? f.settings().initialConfig() : f.memory().upkeep().config();
    }

    /** There is no data directory, or none that can be used. */
    static Optional<Decision> withoutData(Facts f) {
        if (f.hasData()) {
            return Optional.empty();
        }
        PostgresStatus.DataDirectory directory = f.postgres().dataDirectory();
        if (f.seen().lock().lock().isPresent()) {
            String what = directory == PostgresStatus.DataDirectory.EMPTY ? "empty" : "not accessible";
            return Optional.of(f.decide(Rule.RELEASE_WITHOUT_DATA,
                    "released leader key voluntarily as data dir " + what + " and currently leader", Facts.CALM,
                    f.memory().withDropped(f.seen().lock().lock().map(lock -> lock.lease())),
                    new Effect.Fence(), new Effect.ReleaseLeaderLock(Optional.empty())));
        }
        if (f.postgres().mayWrite()) {
            return Optional.of(f.decide(Rule.FENCE_WITHOUT_DATA, "stopping PostgreSQL whose data directory is gone",
                    Facts.SOON, new Effect.Fence()));
        }
        Optional<Decision> request = directory == PostgresStatus.DataDirectory.DAMAGED
                ? f.otherLeader().flatMap(leader -> OperatorRequests.reinitialize(f, leader)) : Optional.empty();
        if (request.isPresent()) {
            return request;
        }
        return Optional.of(switch (directory) {
            case UNREADABLE -> f.decide(Rule.DATA_UNREADABLE, "data directory is not accessible", Facts.CALM);
            case DAMAGED -> f.decide(Rule.DATA_DAMAGED, "data dir for the cluster is not empty, but system ID is "
                    + "invalid; consider doing reinitialize", Facts.CALM);
            default -> empty(f);
        });
    }

    private static Decision empty(Facts f) {
        if (f.view().isEmpty()) {
            return f.decide(Rule.STORE_UNREACHABLE, "DCS is not accessible", Facts.CALM);
        }
        if (f.paused()) {
            return f.decide(Rule.PAUSED_EMPTY, "running with empty data directory", Facts.CALM);
        }
        ClusterView view = f.view().get();
        if (f.otherLeader().isPresent()) {
            return cloneOrWait(f, f.otherLeader().get());
        }
        boolean claimable = view.initialize().isEmpty()
                || f.memory().claimed() && view.initialize().filter(String::isEmpty).isPresent();
        if (f.postgres().guard().trouble().isPresent()) {
            return Facts.noting(f.decide(Rule.WAIT_FOR_FOUNDER, "waiting for leader to bootstrap", Facts.CALM),
                    List.of(Decision.Note.warning(f.postgres().guard().trouble().get())));
        }
        if (view.isUnlocked() && claimable && f.settings().mayBootstrap() && !f.settings().nofailover()
                && !isDataElsewhere(f, view)) {
            if (f.memory().unlockedSince().filter(t -> f.now().since(t).compareTo(COURTESY) >= 0).isEmpty()) {
                return f.decide(Rule.WAIT_FOR_DATA, "waiting for members that may have data", Facts.SOON);
            }
            return f.decide(Rule.BOOTSTRAP, "trying to bootstrap a new cluster", Facts.SOON,
                    f.memory().withClaimed(true),
                    new Effect.ClaimInitialize(), new Effect.Begin(new Operation.Bootstrap()));
        }
        return f.decide(Rule.WAIT_FOR_FOUNDER, "waiting for leader to bootstrap", Facts.CALM);
    }

    /** A member that has data makes the cluster exist, even before it has said so in the store. */
    private static boolean isDataElsewhere(Facts f, ClusterView view) {
        return view.members().values().stream().anyMatch(member -> !member.name().equals(f.me())
                && member.record().role() != PostgresRole.UNINITIALIZED);
    }

    private static Decision cloneOrWait(Facts f, MemberName leader) {
        Optional<Member> source = Upstreams.cloneSource(f, leader, false);
        if (source.isEmpty() || f.isCutFrom(f.leader()) || !f.memory().backoff().isOver(f.now())) {
            return f.decide(Rule.WAIT_FOR_FOUNDER, "waiting for leader to bootstrap", Facts.CALM);
        }
        boolean fromLeader = source.get().name().equals(leader);
        return f.decide(Rule.CLONE, "trying to bootstrap from " + (fromLeader ? "leader" : "replica") + " '"
                + source.get().name() + "'", Facts.CALM,
                new Effect.Begin(new Operation.CloneFrom(Upstreams.of(source.get()).orElseThrow(), fromLeader)));
    }
}
