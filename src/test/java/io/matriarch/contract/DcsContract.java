package io.matriarch.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * What every {@link Dcs} must do. A test class implements this interface and says how to reach its store.
 *
 * <p>Every test works in a scope of its own, so one running store can serve them all.
 */
public interface DcsContract {

    Optional<LeaderLock> NOBODY = Optional.empty();

    /** Connects to the one store, through its peer number 0, 1 or 2, as a member of the cluster {@code scope}. */
    Dcs connect(int peer, String scope);

    /** A lease that the tests wait for to run out; long enough for a few writes. */
    Duration shortLease();

    /** Whether a renewal can change how long a lease lasts. */
    default boolean leasesChange() {
        return true;
    }

    /** Lets time pass: sleeps, or moves a virtual clock. */
    void pass(Duration duration);

    @Test
    default void anEmptyClusterHasNoKeys(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            ClusterView view = trio.view();
            assertTrue(view.isUnlocked());
            assertTrue(view.members().isEmpty());
            assertEquals(Optional.empty(), view.initialize());
            assertFalse(view.config().isPresent());
            assertEquals(Optional.empty(), view.failover());
            assertEquals(Optional.empty(), view.sync());
            assertEquals(ClusterStatus.EMPTY, view.status());
        }
    }

    @Test
    default void oneOfTwoGetsTheLock(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            Trio.assertRejected(trio.member(1).acquireLock(Trio.B, trio.freshLease(), trio.longLease(), Trio.PATIENCE));
            assertEquals(Optional.of(lock), trio.view().leader());
            assertTrue(trio.view().isLockedBy(Trio.A));
        }
    }

    @Test
    default void repeatingASuccessfulAcquisitionGivesTheSameEpoch(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            assertEquals(new WriteResult.Applied(lock.epoch()),
                    trio.member(0).acquireLock(Trio.A, lock.lease(), trio.longLease(), Trio.PATIENCE));
        }
    }

    @Test
    default void theSameMemberWithAnotherLeaseIsNotTheHolder(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            trio.acquire(0, trio.longLease());
            Trio.assertRejected(trio.member(0).acquireLock(Trio.A, trio.freshLease(), trio.longLease(), Trio.PATIENCE));
        }
    }

    @Test
    default void aRenewedLockOutlivesItsFirstLease(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, shortLease());
            for (int i = 0; i < 6; i++) {
                pass(shortLease().dividedBy(3));
                Trio.assertApplied(trio.renew(0, lock, shortLease()));
            }
            assertEquals(Optional.of(lock), trio.view().leader());
        }
    }

    @Test
    default void aLockThatIsNotRenewedExpiresAndItsRenewalIsRejected(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, shortLease());
            trio.await("the lock is free", view -> view.isUnlocked());
            Trio.assertRejected(trio.renew(0, lock, shortLease()));
            LeaderLock next = trio.acquire(1, trio.longLease());
            assertTrue(next.epoch().compareTo(lock.epoch()) > 0, "the epoch goes up");
        }
    }

    @Test
    default void aRenewalCanChangeTheDuration(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, shortLease());
            Trio.assertApplied(trio.renew(0, lock, trio.longLease()));
            if (!leasesChange()) {
                trio.await("the lock is free after the duration it was acquired for", view -> view.isUnlocked());
                return;
            }
            pass(shortLease().multipliedBy(2));
            assertEquals(Optional.of(lock), trio.view().leader(), "held by the long lease");
            Trio.assertApplied(trio.renew(0, lock, shortLease()));
            trio.await("the lock is free", view -> view.isUnlocked());
        }
    }

    @Test
    default void whatARenewalProvesIsNeverMoreThanTheLease(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, shortLease());
            Trio.assertApplied(trio.renew(0, lock, shortLease()));
            assertEquals(shortLease(), trio.member(0).lasts(lock.lease(), shortLease()));
            Trio.assertApplied(trio.renew(0, lock, trio.longLease()));
            assertEquals(leasesChange() ? trio.longLease() : shortLease(), trio.member(0).lasts(lock.lease(), trio.longLease()));
            assertEquals(shortLease(), trio.member(0).lasts(trio.freshLease(), shortLease()), "of another lease nothing is known");
        }
    }

    @Test
    default void releasingWritesTheFinalStatusAndFreesTheLock(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            ClusterStatus status = Trio.status(4711);
            Trio.assertApplied(trio.member(0).releaseLock(lock, Optional.of(status), Trio.PATIENCE));
            ClusterView view = trio.view();
            assertEquals(NOBODY, view.leader());
            assertEquals(status, view.status());
            trio.acquire(1, trio.longLease());
        }
    }

    @Test
    default void aFinalStatusWithoutSlotsKeepsTheSlots(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            ClusterStatus known = new ClusterStatus(new Lsn(1), Map.of("b", new Lsn(7)), List.of("gone"));
            Trio.assertApplied(trio.member(0).writeStatus(lock, known, Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).releaseLock(lock, Optional.of(Trio.status(2)), Trio.PATIENCE));
            assertEquals(new ClusterStatus(new Lsn(2), known.slots(), known.retainSlots()), trio.view().status());
        }
    }

    @Test
    default void handingOverIsOneStep(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            Trio.assertApplied(trio.member(1).requestFailover(Optional.of(Trio.A), Optional.of(Trio.B),
                    Optional.empty(), Trio.PATIENCE));
            LeaseId its = trio.freshLease();
            Revision epoch = Trio.assertApplied(trio.member(0).handOverLock(lock, Trio.B, its, trio.longLease(),
                    Trio.status(99), Trio.PATIENCE));
            ClusterView view = trio.view();
            assertEquals(Optional.of(new LeaderLock(Trio.B, its, epoch)), view.leader());
            assertEquals(new Lsn(99), view.status().optime());
            assertEquals(Optional.empty(), view.failover(), "the request is done");
            Trio.assertApplied(trio.renew(1, view.leader().orElseThrow(), trio.longLease()));
            Trio.assertRejected(trio.renew(0, lock, trio.longLease()));
        }
    }

    @Test
    default void theSyncKeyIsHandedOverWithTheLock(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            SyncState before = new SyncState(Optional.of(Trio.A), 0, Set.of(Trio.B), Revision.ABSENT);
            SyncState after = new SyncState(Optional.of(Trio.B), 0, Set.of(Trio.A), Revision.ABSENT);
            Revision synced = Trio.assertApplied(trio.member(0).writeSync(lock, before, Revision.ABSENT, Trio.PATIENCE));
            Trio.assertRejected(trio.member(0).handOverLock(lock, Trio.B, trio.freshLease(), trio.longLease(),
                    new Dcs.Bequest(Trio.status(98), after, Revision.ABSENT), Trio.PATIENCE));
            assertEquals(Optional.of(lock), trio.view().leader(), "nothing is done when the sync key is another one");
            Revision epoch = Trio.assertApplied(trio.member(0).handOverLock(lock, Trio.B, trio.freshLease(),
                    trio.longLease(), new Dcs.Bequest(Trio.status(99), after, synced), Trio.PATIENCE));
            ClusterView view = trio.view();
            assertEquals(Optional.of(epoch), view.leader().map(LeaderLock::epoch));
            assertEquals(Optional.of(new SyncState(Optional.of(Trio.B), 0, Set.of(Trio.A), epoch)), view.sync());
            assertEquals(new Lsn(99), view.status().optime());
        }
    }

    @Test
    default void theNewHoldersLeaseRunsFromTheHandOver(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            Trio.assertApplied(trio.member(0).handOverLock(lock, Trio.B, trio.freshLease(), shortLease(),
                    Trio.status(1), Trio.PATIENCE));
            trio.await("the lock is free", view -> view.isUnlocked());
        }
    }

    @Test
    default void whatAFormerHolderWritesLateIsRejected(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock old = trio.acquire(0, trio.longLease());
            SyncState sync = new SyncState(Optional.of(Trio.A), 0, Set.of(Trio.B), Revision.ABSENT);
            Revision synced = Trio.assertApplied(
                    trio.member(0).writeSync(old, sync, Revision.ABSENT, Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).releaseLock(old, Optional.empty(), Trio.PATIENCE));
            LeaderLock now = trio.acquire(1, trio.longLease());
            ClusterView before = trio.view();
            Dcs late = trio.member(0);
            Trio.assertRejected(late.writeStatus(old, Trio.status(666), Trio.PATIENCE));
            Trio.assertRejected(late.writeHistory(old, Trio.history(), Trio.PATIENCE));
            Trio.assertRejected(late.writeSync(old, sync, synced, Trio.PATIENCE));
            Trio.assertRejected(late.deleteSync(old, synced, Trio.PATIENCE));
            Trio.assertRejected(late.releaseLock(old, Optional.of(Trio.status(666)), Trio.PATIENCE));
            Trio.assertRejected(late.handOverLock(old, Trio.C, trio.freshLease(), trio.longLease(), Trio.status(666),
                    Trio.PATIENCE));
            ClusterView after = trio.view();
            assertEquals(Optional.of(now), after.leader());
            assertEquals(before.status(), after.status());
            assertEquals(before.sync(), after.sync());
        }
    }

    @Test
    default void theSameHolderAfterALossIsFencedByItsEpoch(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock first = trio.acquire(0, trio.longLease());
            Trio.assertApplied(trio.member(0).releaseLock(first, Optional.empty(), Trio.PATIENCE));
            LeaderLock second = trio.acquire(0, trio.longLease());
            Trio.assertRejected(trio.member(0).writeStatus(first, Trio.status(1), Trio.PATIENCE));
            LeaderLock wrongEpoch = new LeaderLock(Trio.A, second.lease(), first.epoch());
            Trio.assertRejected(trio.member(0).writeStatus(wrongEpoch, Trio.status(1), Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).writeStatus(second, Trio.status(2), Trio.PATIENCE));
        }
    }

    @Test
    default void aMemberLivesOnItsSession(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaseId session = trio.freshLease();
            Trio.assertApplied(trio.publish(0, session, shortLease()));
            assertEquals(Trio.RECORD, trio.view().member(Trio.A).orElseThrow().record());
            for (int i = 0; i < 6; i++) {
                pass(shortLease().dividedBy(3));
                Trio.assertApplied(trio.member(0).renewSession(session, shortLease(), Trio.PATIENCE).join());
            }
            assertTrue(trio.view().member(Trio.A).isPresent());
            trio.await("the member is gone", view -> view.members().isEmpty());
            Trio.assertRejected(trio.member(0).renewSession(session, shortLease(), Trio.PATIENCE).join());
            Trio.assertApplied(trio.publish(0, session, trio.longLease()));
            assertTrue(trio.view().member(Trio.A).isPresent(), "publishing again makes the session anew");
        }
    }

    @Test
    default void theSessionDoesNotHoldTheLock(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Trio.assertApplied(trio.publish(0, trio.freshLease(), trio.longLease()));
            trio.acquire(0, shortLease());
            trio.await("the lock is free", view -> view.isUnlocked());
            assertTrue(trio.view().member(Trio.A).isPresent());
        }
    }

    @Test
    default void aMemberIsRemovedAtOnce(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Trio.assertApplied(trio.publish(0, trio.freshLease(), trio.longLease()));
            Trio.assertApplied(trio.publish(1, trio.freshLease(), trio.longLease()));
            Trio.assertApplied(trio.member(0).removeMember(Trio.A, Trio.PATIENCE));
            assertEquals(Set.of(Trio.B), trio.view().members().keySet());
        }
    }

    @Test
    default void oneFounderIsChosen(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaseId a = trio.freshLease();
            LeaseId b = trio.freshLease();
            Trio.assertApplied(trio.publish(0, a, trio.longLease()));
            Trio.assertApplied(trio.publish(1, b, trio.longLease()));
            Trio.assertApplied(trio.member(0).claimInitialize(a, Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).claimInitialize(a, Trio.PATIENCE));
            Trio.assertRejected(trio.member(1).claimInitialize(b, Trio.PATIENCE));
            assertEquals(Optional.of(""), trio.view().initialize());
            Trio.assertRejected(trio.member(1).withdrawInitialize(Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).withdrawInitialize(Trio.PATIENCE));
            Trio.assertApplied(trio.member(1).claimInitialize(b, Trio.PATIENCE));
            Trio.assertRejected(trio.member(0).writeInitialize("6000", true, Trio.PATIENCE));
            Trio.assertApplied(trio.member(1).writeInitialize("7000", false, Trio.PATIENCE));
            assertEquals(Optional.of("7000"), trio.view().initialize());
            Trio.assertRejected(trio.member(1).withdrawInitialize(Trio.PATIENCE));
            Trio.assertApplied(trio.member(2).writeInitialize("7000", true, Trio.PATIENCE));
            Trio.assertRejected(trio.member(2).writeInitialize("8000", true, Trio.PATIENCE));
        }
    }

    @Test
    default void aClaimEndsWithTheFoundersSession(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaseId session = trio.freshLease();
            Trio.assertApplied(trio.publish(0, session, shortLease()));
            Trio.assertApplied(trio.member(0).claimInitialize(session, Trio.PATIENCE));
            trio.await("the claim is gone", view -> view.initialize().isEmpty());
        }
    }

    @Test
    default void theSystemIdentifierOutlivesTheFoundersSession(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaseId session = trio.freshLease();
            Trio.assertApplied(trio.publish(0, session, shortLease()));
            Trio.assertApplied(trio.member(0).claimInitialize(session, Trio.PATIENCE));
            Trio.assertApplied(trio.member(0).writeInitialize("7000", false, Trio.PATIENCE));
            trio.await("the member is gone", view -> view.members().isEmpty());
            assertEquals(Optional.of("7000"), trio.view().initialize());
        }
    }

    @Test
    default void theConfigChangesOnlyFromTheRevisionExpected(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Revision first = Trio.assertApplied(
                    trio.member(0).writeConfig(Map.of("ttl", 30), Optional.of(Revision.ABSENT), Trio.PATIENCE));
            assertEquals(first, trio.view().config().modified());
            Trio.assertRejected(
                    trio.member(1).writeConfig(Map.of("ttl", 1), Optional.of(Revision.ABSENT), Trio.PATIENCE));
            Trio.assertApplied(trio.member(1).writeConfig(Map.of("ttl", 20), Optional.of(first), Trio.PATIENCE));
            Trio.assertRejected(trio.member(2).writeConfig(Map.of("ttl", 1), Optional.of(first), Trio.PATIENCE));
            assertEquals(Map.of("ttl", 20), trio.view().config().document());
            Trio.assertApplied(trio.member(2).writeConfig(Map.of("pause", true), Optional.empty(), Trio.PATIENCE));
            assertTrue(trio.view().isPaused());
        }
    }

    @Test
    default void theSyncKeyChangesOnlyFromTheRevisionExpected(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            SyncState wide = new SyncState(Optional.of(Trio.A), 1, Set.of(Trio.B, Trio.C), Revision.ABSENT);
            SyncState narrow = new SyncState(Optional.of(Trio.A), 0, Set.of(Trio.B), Revision.ABSENT);
            Dcs holder = trio.member(0);
            Revision first = Trio.assertApplied(holder.writeSync(lock, wide, Revision.ABSENT, Trio.PATIENCE));
            Trio.assertRejected(holder.writeSync(lock, narrow, Revision.ABSENT, Trio.PATIENCE));
            Revision second = Trio.assertApplied(holder.writeSync(lock, narrow, first, Trio.PATIENCE));
            assertEquals(new SyncState(narrow.leader(), 0, narrow.standbys(), second),
                    trio.view().sync().orElseThrow());
            Trio.assertRejected(holder.deleteSync(lock, first, Trio.PATIENCE));
            Trio.assertApplied(holder.deleteSync(lock, second, Trio.PATIENCE));
            assertEquals(Optional.empty(), trio.view().sync());
        }
    }

    @Test
    default void aFailoverRequestIsClearedOnceByItsRevision(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Optional<String> at = Optional.of("2030-01-02T03:04:05+00:00");
            Revision asked = Trio.assertApplied(trio.member(2).requestFailover(Optional.of(Trio.A),
                    Optional.of(Trio.B), at, Trio.PATIENCE));
            assertEquals(new FailoverRequest(Optional.of(Trio.A), Optional.of(Trio.B), at, asked),
                    trio.view().failover().orElseThrow());
            Revision again = Trio.assertApplied(trio.member(1).requestFailover(Optional.empty(),
                    Optional.of(Trio.C), Optional.empty(), Trio.PATIENCE));
            Trio.assertRejected(trio.member(0).clearFailover(asked, Trio.PATIENCE));
            assertTrue(trio.view().failover().isPresent());
            Trio.assertApplied(trio.member(0).clearFailover(again, Trio.PATIENCE));
            assertEquals(Optional.empty(), trio.view().failover());
        }
    }

    @Test
    default void theHistoryComesBack(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            LeaderLock lock = trio.acquire(0, trio.longLease());
            TimelineHistory history = Trio.history();
            Trio.assertApplied(trio.member(0).writeHistory(lock, history, Trio.PATIENCE));
            assertEquals(history, trio.view().history());
        }
    }

    @Test
    default void everyMemberSeesWhatWasAcknowledgedBefore(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            for (int round = 0; round < 10; round++) {
                Revision written = Trio.assertApplied(trio.member(round % 3)
                        .writeConfig(Map.of("round", round), Optional.empty(), Trio.PATIENCE));
                ClusterView seen = trio.member((round + 1) % 3).view(Duration.ZERO, Trio.PATIENCE).orElseThrow();
                assertEquals(Map.of("round", round), seen.config().document());
                assertEquals(written, seen.config().modified());
                assertTrue(seen.revision().compareTo(written) >= 0);
            }
        }
    }

    @Test
    default void anOldViewIsAllowedButNeverRequired(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Trio.assertApplied(trio.member(0).writeConfig(Map.of("x", 1), Optional.empty(), Trio.PATIENCE));
            trio.awaitOn(1, Duration.ofSeconds(30), "the write is seen",
                    view -> view.config().document().equals(Map.of("x", 1)));
        }
    }

    @Test
    default void aChangeOfTheClusterIsHinted(TestInfo test) throws Exception {
        try (Trio trio = Trio.open(this, test)) {
            AtomicInteger hints = new AtomicInteger();
            try (AutoCloseable watching = trio.member(1).onChange(hints::incrementAndGet)) {
                // A watch may begin a moment after the call, so the writes go on until one is seen.
                trio.awaitOn(0, Duration.ZERO, "a hint", view -> {
                    Trio.assertApplied(trio.member(0).writeConfig(Map.of("x", hints.get()), Optional.empty(),
                            Trio.PATIENCE));
                    return hints.get() > 0;
                });
            }
        }
    }

    @Test
    default void clustersOfOneStoreDoNotSeeEachOther(TestInfo test) {
        try (Trio trio = Trio.open(this, test); Trio other = Trio.open(this, test, "-other")) {
            trio.acquire(0, trio.longLease());
            assertTrue(other.view().isUnlocked());
            other.acquire(1, other.longLease());
            assertTrue(trio.view().isLockedBy(Trio.A));
        }
    }

    @Test
    default void valuesAreCarriedExactly(TestInfo test) {
        try (Trio trio = Trio.open(this, test)) {
            Map<String, Object> odd = Map.of("ключ \"\\\n", List.of(1, 2.5, true, "\u0000é€"), "big", 1L << 60);
            Trio.assertApplied(trio.member(0).writeConfig(odd, Optional.empty(), Trio.PATIENCE));
            assertEquals(odd, trio.view().config().document());
            MemberName spaced = new MemberName("node one.two_3-ü");
            Trio.assertApplied(trio.member(0).publishMember(spaced, Trio.RECORD, trio.freshLease(),
                    trio.longLease(), Trio.PATIENCE));
            assertTrue(trio.view().member(spaced).isPresent());
        }
    }
}
