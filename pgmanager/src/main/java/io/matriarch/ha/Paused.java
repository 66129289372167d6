package io.matriarch.ha;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import java.util.Optional;

/** Cluster management is paused: nothing is promoted, started or stopped unless an operator asked for it. */
final class Paused {

    private Paused() {
    }

    static Optional<Decision> decide(Facts f) {
        if (!f.paused()) {
            return Optional.empty();
        }
        if (f.isHoldContradicted()) {
            return Optional.of(f.decide(Rule.LOCK_LOST, "lost the leader lock", Facts.SOON,
                    f.memory().withDropped(f.seen().lock().lock().map(LeaderLock::lease)),
                    new Effect.ForgetLeaderLock()));
        }
        if (f.view().isEmpty()) {
            return Optional.of(f.decide(Rule.STORE_UNREACHABLE, "DCS is not accessible", Facts.CALM));
        }
        return Optional.of(f.seen().lock().lock().isPresent() ? holder(f) : other(f));
    }

    private static Decision holder(Facts f) {
        PostgresStatus postgres = f.postgres();
        if (!postgres.alive()) {
            return f.memory().switchover().isPresent() && f.holds() ? Switchover.finish(f)
                    : release(f, "removed leader lock because postgres is not running");
        }
        if (postgres.isRunningPrimary()) {
            return f.holds() ? Holder.primary(f) : f.decide(Rule.PAUSED_PRIMARY,
                    "continue to run as primary after failing to update leader lock in DCS", Facts.CALM);
        }
        if (!postgres.connectable()) {
            return f.decide(Rule.PAUSED_WAITS, "PostgreSQL does not answer", Facts.CALM);
        }
        LeaderLock lock = f.seen().lock().lock().orElseThrow();
        boolean meant = f.memory().raced() || f.memory().adopted().equals(Optional.of(lock.lease())) || isCandidate(f);
        if (!meant) {
            return release(f, "removed leader lock because postgres is not running as primary");
        }
        return f.holds() ? Holder.promote(f)
                : f.decide(Rule.LOCK_PENDING, "waiting to become primary after promote...", Facts.SOON);
    }

    private static Decision release(Facts f, String reason) {
        return f.decide(Rule.PAUSED_RELEASES, reason, Facts.CALM,
                f.memory().withDropped(f.seen().lock().lock().map(LeaderLock::lease)),
                new Effect.Fence(), new Effect.ReleaseLeaderLock(Optional.empty()));
    }

    private static boolean isCandidate(Facts f) {
        return f.view().flatMap(view -> view.failover()).flatMap(FailoverRequest::candidate)
                .equals(Optional.of(f.me()));
    }

    /** The cluster has gone on to a later timeline: what this primary has is not the cluster's data any more. */
    private static boolean isOfThePast(Facts f) {
        return f.view().map(view -> view.history().current()).filter(cluster -> cluster.isKnown()
                && f.postgres().timeline().compareTo(cluster) < 0).isPresent();
    }

    private static Decision other(Facts f) {
        PostgresStatus postgres = f.postgres();
        if (!postgres.alive()) {
            return f.decide(Rule.PAUSED_STOPPED, "postgres is not running", Facts.CALM);
        }
        if (f.ownLockToAdopt().isPresent()) {
            LeaderLock lock = f.ownLockToAdopt().get();
            return f.decide(Rule.ADOPT_LOCK, "renewing the leader lock", Facts.SOON,
                    f.memory().withAdopted(Optional.of(lock.lease())), new Effect.AdoptLeaderLock(lock));
        }
        boolean sameCluster = f.clusterIdentifier().isEmpty() || f.clusterIdentifier().equals(f.systemIdentifier());
        boolean unlocked = f.leader().isEmpty();
        if (postgres.isRunningPrimary()) {
            return unlocked && sameCluster && !isOfThePast(f)
                    ? Founding.acquire(f, Rule.ACQUIRE_IN_PLACE, "acquiring the leader lock for the running primary")
                    : f.decide(Rule.PAUSED_PRIMARY, "continue to run as primary without lock", Facts.CALM);
        }
        if (unlocked && isCandidate(f) && postgres.isRunningReplica() && sameCluster) {
            return Founding.acquire(f, Rule.ACQUIRE, "trying to acquire the leader lock");
        }
        Optional<MemberName> leader = f.otherLeader();
        if (leader.isPresent() && postgres.isRunningReplica()) {
            return OperatorRequests.ofReplica(f, leader.get()).orElseGet(() -> Following.follow(f, leader.get(),
                    "no action. I am (" + f.me() + "), a secondary, and following a leader (" + leader.get() + ")"));
        }
        return f.decide(Rule.PAUSED_WAITS, "no action. I am (" + f.me() + ")", Facts.CALM);
    }
}
