package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Nothing may write without a proven lock. The first rules, before all others. */
final class LockSafety {

    private LockSafety() {
    }

    static Optional<Decision> decide(Facts f) {
        if (f.holds() || f.paused()) {
            return Optional.empty();
        }
        boolean mayWrite = f.postgres().mayWrite() || f.isBecomingPrimary();
        if (!mayWrite || f.memory().founding()) {
            return f.isHoldContradicted() ? Optional.of(forget(f)) : Optional.empty();
        }
        boolean promised = f.seen().lock().isPromisedAt(f.now()) && f.otherLeader().isEmpty() && !f.isBecomingPrimary();
        if (promised || isInLapse(f)) {
            return Optional.of(lapse(f));
        }
        return Optional.of(isInGrace(f) ? adopt(f) : fence(f, List.of()));
    }

    /**
     * The proof of the lock has run out, or the store says that nobody holds it, and nobody else has been seen to hold it.
     * Where every commit is safe with members that cannot be promoted before they are cut off, PostgreSQL may live on for
     * a while.
     */
    private static boolean isInLapse(Facts f) {
        Optional<Duration> lenience = f.lenience();
        if (lenience.isEmpty() || f.otherLeader().isPresent() || f.isBecomingPrimary() || !Election.isLeader(f)) {
            return false;
        }
        Optional<Tick> until = f.seen().lock().proof().map(proof -> proof.sent().plus(lenience.get()))
                .or(() -> f.memory().graceUntil().map(grace -> grace.plus(lenience.get()).plus(f.settings().leaderLease().negated())));
        return until.filter(end -> f.now().isBefore(end)).isPresent();
    }

    /** The lock is had again as it was, or taken anew when nobody has used the lapse. */
    private static Decision lapse(Facts f) {
        boolean free = f.view().isPresent() && f.leader().isEmpty();
        if (free && f.postgres().isRunningPrimary() && f.clusterIdentifier().equals(f.systemIdentifier())) {
            return Founding.acquire(f, Rule.ACQUIRE_IN_PLACE, "acquiring the leader lock for the running primary");
        }
        if (f.ownLockToAdopt().isPresent()) {
            return adopt(f);
        }
        return f.decide(Rule.LAPSE, "continue to run as primary while the leader lock cannot be proven", Facts.SOON);
    }

    private static Decision forget(Facts f) {
        return f.decide(Rule.LOCK_LOST, "lost the leader lock", Facts.SOON,
                f.memory().withDropped(f.seen().lock().lock().map(LeaderLock::lease)), new Effect.ForgetLeaderLock());
    }

    private static Decision fence(Facts f, List<Note> notes) {
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.Fence());
        effects.add(new Effect.ForgetLeaderLock());
        f.running().ifPresent(task -> effects.add(new Effect.CancelOperation()));
        HaMemory memory = f.memory().withGraceUntil(Optional.empty()).withSwitchover(Optional.empty());
        if (f.isHoldContradicted()) {
            memory = memory.withDropped(f.seen().lock().lock().map(LeaderLock::lease));
        } else if (f.seen().lock().lock().isPresent()) {
            memory = memory.withAdopted(Optional.empty()); // not rejected: it may be had again if it has not run out
        }
        Rule rule;
        String reason;
        if (f.isBecomingPrimary()) {
            rule = Rule.FENCE_DURING_TASK;
            reason = "lost leader lock during " + f.running().get().operation().label();
        } else if (f.view().isEmpty()) {
            rule = Rule.FENCE_STORE_UNREACHABLE;
            reason = "demoted self because DCS is not accessible and I was a leader";
        } else if (f.leader().isPresent() && f.otherLeader().isEmpty()) {
            rule = Rule.FENCE_NOT_RENEWED;
            reason = "demoted self because failed to update leader lock in DCS";
        } else {
            rule = Rule.FENCE_NO_LOCK;
            reason = "demoting self because I do not have the lock and I was a leader";
        }
        return new Decision(rule, reason, effects, memory, Facts.SOON, notes);
    }

    private static boolean isInGrace(Facts f) {
        boolean lockRejected = f.leader().filter(lock -> lock.holder().equals(f.me())).isPresent()
                && f.seen().lock().lock().isEmpty() && f.ownLockToAdopt().isEmpty();
        return f.memory().graceUntil().filter(until -> f.now().isBefore(until)).isPresent()
                && f.otherLeader().isEmpty() && !f.isHoldContradicted() && !lockRejected && !f.isBecomingPrimary();
    }

    /** The agent came back to a primary that runs: it gets the lock again at once, or has to go. */
    private static Decision adopt(Facts f) {
        if (f.ownLockToAdopt().isPresent()) {
            LeaderLock lock = f.ownLockToAdopt().get();
            return f.decide(Rule.ADOPT_LOCK, "renewing the leader lock of the running primary", Facts.SOON,
                    f.memory().withAdopted(Optional.of(lock.lease())), new Effect.AdoptLeaderLock(lock));
        }
        if (f.view().isEmpty() || f.leader().isPresent() || !f.postgres().isRunningPrimary()) {
            return f.decide(Rule.ADOPTION_WAITS, "waiting for proof of the leader lock of the running primary",
                    Facts.SOON);
        }
        return acquireInPlace(f, f.view().get());
    }

    private static Decision acquireInPlace(Facts f, ClusterView view) {
        if (f.clusterIdentifier().isPresent() && !f.clusterIdentifier().equals(f.systemIdentifier())) {
            return fence(f, List.of());
        }
        Timeline cluster = view.history().current();
        Timeline mine = f.postgres().timeline();
        if (cluster.isKnown() && mine.compareTo(cluster) < 0) {
            return fence(f, List.of(Note.warning("My timeline " + mine + " is behind last known cluster timeline "
                    + cluster)));
        }
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.ADOPTION);
        if (answers.isEmpty()) {
            return f.ask(Rule.ADOPTION_ASKS, "asking whether another primary has taken over", Purpose.ADOPTION,
                    Optional.empty());
        }
        for (Map.Entry<MemberName, PeerReport> answer : answers.get().entrySet()) {
            PeerReport report = answer.getValue();
            if (report.role() == PostgresRole.PRIMARY || report.timeline().compareTo(mine) > 0) {
                return fence(f, List.of(Note.warning("Primary (" + answer.getKey() + ") is still alive")));
            }
        }
        return Founding.acquire(f, Rule.ACQUIRE_IN_PLACE, "acquiring the leader lock for the running primary");
    }
}
