package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Effect;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Situation;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What each effect does, and when it did not succeed. */
class EffectorTest {

    private static final LeaderLock LOCK = new LeaderLock(Situation.A, Situation.LEASE, new Revision(5));
    private static final SyncState SYNC = new SyncState(Optional.of(Situation.A), 0, Set.of(Situation.B), Revision.ABSENT);
    private static final ClusterStatus STATUS = ClusterStatus.EMPTY;

    private final Observation seen = Situation.leading().seen();
    private final Loops loops = new Loops(seen);
    private final MemberSession session = new MemberSession(loops.ports, loops.keeper);
    private final Effector effector = new Effector(loops.ports, loops.keeper, session);

    private static Stream<Effect> oneOfEach() {
        return Stream.of(new Effect.AcquireLeaderLock(), new Effect.AdoptLeaderLock(LOCK),
                new Effect.ForgetLeaderLock(), new Effect.ReleaseLeaderLock(Optional.of(STATUS)),
                new Effect.HandOverLeaderLock(Situation.B, STATUS),
                new Effect.AskPeers(Set.of(Situation.C), Set.of(Situation.B), Duration.ofMillis(300)),
                new Effect.ClaimInitialize(), new Effect.WithdrawInitialize(), new Effect.WriteInitialize("1", true),
                new Effect.RestoreConfig(Map.of("ttl", 30)), new Effect.WriteStatus(STATUS), new Effect.WriteFailsafe(Map.of("a", "http://a")),
                new Effect.WriteHistory(new TimelineHistory(true, java.util.List.of(new TimelineHistory.Entry(1,
                        new io.matriarch.cluster.Lsn(1), "", Optional.empty(), Optional.empty())))),
                new Effect.ClearFailover(new Revision(9)), new Effect.Fence(),
                new Effect.ArmGuard(Situation.LEASE, new Revision(5)), new Effect.DisarmGuard(),
                new Effect.Begin(new Operation.Promote()), new Effect.CancelOperation(), new Effect.Nudge(),
                new Effect.SyncSlots(Set.of("b")), new Effect.ApplySettings(),
                new Effect.CollectCuts(new Revision(5), Set.of(Situation.A, Situation.B), 2, Duration.ofMillis(300)),
                new Effect.Cut(new Revision(7)), new Effect.WriteSync(SYNC, new Revision(3)),
                new Effect.DeleteSync(new Revision(3)), new Effect.SetStandbyNames("b"),
                new Effect.ReleaseStandbyNames(), new Effect.Exit(1, "bye"));
    }

    @Test
    void everyTypeOfEffectIsPerformed() {
        assertEquals(Stream.of(Effect.class.getPermittedSubclasses()).collect(Collectors.toSet()),
                oneOfEach().map(Object::getClass).collect(Collectors.toSet()));
        oneOfEach().forEach(effect -> assertEquals(Optional.empty(), effector.perform(effect, seen),
                () -> effect.toString()));
    }

    @Test
    void aWriteThatIsRefusedOrUnknownIsNoSuccess() {
        for (WriteResult result : new WriteResult[] {FakeDcs.rejected(), FakeDcs.unknown()}) {
            loops.dcs.result = result;
            for (Effect effect : new Effect[] {new Effect.AcquireLeaderLock(),
                    new Effect.ReleaseLeaderLock(Optional.empty()), new Effect.HandOverLeaderLock(Situation.B, STATUS),
                    new Effect.ClaimInitialize(), new Effect.WriteInitialize("1", true), new Effect.WriteStatus(STATUS),
                    new Effect.ClearFailover(new Revision(9)), new Effect.RestoreConfig(Map.of())}) {
                assertTrue(effector.perform(effect, seen).isPresent(), effect + " " + result);
            }
        }
    }

    @Test
    void whatPostgresRefusesIsNoSuccess() {
        loops.postgres.succeeds = false;
        for (Effect effect : new Effect[] {new Effect.Fence(), new Effect.Begin(new Operation.Promote()),
                new Effect.ArmGuard(Situation.LEASE, new Revision(5)), new Effect.SyncSlots(Set.of()),
                new Effect.ApplySettings()}) {
            assertTrue(effector.perform(effect, seen).isPresent(), effect.toString());
        }
    }

    @Test
    void theProvenTimeOfAnAcquisitionBeginsBeforeItIsSent() {
        var sent = loops.clock.now();
        loops.dcs.afterWrite = () -> loops.clock.pass(400);
        effector.perform(new Effect.AcquireLeaderLock(), seen);
        assertEquals(Optional.of(sent.plus(Duration.ofMillis(2250))), loops.keeper.hold().validUntil());
        assertEquals(new Revision(20), loops.keeper.hold().lock().orElseThrow().epoch());
    }

    @Test
    void anAcquisitionOfUnknownEndIsNoHold() {
        loops.dcs.result = FakeDcs.unknown();
        effector.perform(new Effect.AcquireLeaderLock(), seen);
        assertEquals(LockHold.NONE, loops.keeper.hold());
    }

    @Test
    void everyAcquisitionHasAFreshLease() {
        effector.perform(new Effect.AcquireLeaderLock(), seen);
        LeaseId first = loops.keeper.hold().lock().orElseThrow().lease();
        effector.perform(new Effect.AcquireLeaderLock(), seen);
        assertNotEquals(first, loops.keeper.hold().lock().orElseThrow().lease());
    }

    @Test
    void aLockIsNotRenewedAnyMoreOnceItIsBeingGivenAway() {
        for (Effect effect : new Effect[] {new Effect.ReleaseLeaderLock(Optional.empty()),
                new Effect.HandOverLeaderLock(Situation.B, STATUS)}) {
            loops.keeper.acquired(LOCK, loops.keeper.moment(), Duration.ofMillis(2500));
            loops.dcs.afterWrite = () -> assertEquals(LockHold.NONE, loops.keeper.hold());
            effector.perform(effect, seen);
        }
    }

    @Test
    void theSyncKeyIsHandedOverInTheSameWrite() {
        effector.perform(new Effect.HandOverLeaderLock(Situation.B, STATUS,
                Optional.of(new Effect.WriteSync(SYNC, new Revision(3)))), seen);
        assertTrue(loops.dcs.calls.contains("handOverLock b with " + SYNC.standbys() + " at 3"), loops.dcs.calls.toString());
        assertFalse(loops.dcs.calls.stream().anyMatch(c -> c.startsWith("writeSync")), loops.dcs.calls.toString());
    }

    @Test
    void aHandOverOfUnknownEndIsRepeated() {
        loops.dcs.result = FakeDcs.unknown();
        effector.perform(new Effect.HandOverLeaderLock(Situation.B, STATUS), seen);
        assertEquals(4, loops.dcs.calls.stream().filter(c -> c.equals("handOverLock b")).count());
    }

    @Test
    void whoIsCutIsNotCutAgainForALateVote() {
        Effect.CollectCuts collect = new Effect.CollectCuts(LOCK.epoch(), Set.of(Situation.A, Situation.B), 2,
                Duration.ofMillis(300));
        effector.perform(collect, seen);
        assertEquals(Set.of(Situation.A), effector.cuts().keySet());
        loops.votes.put(Situation.B, new CutVote(LOCK.epoch(), new io.matriarch.cluster.Timeline(1),
                new io.matriarch.cluster.Lsn(4000)));
        effector.perform(collect, seen);
        assertEquals(Set.of(Situation.A, Situation.B), effector.cuts().keySet());
        assertEquals(1, loops.postgres.calls.stream().filter(call -> call.startsWith("cut")).count());
        assertEquals(2, loops.asked.stream().filter(call -> call.startsWith("cut")).count());
    }

    @Test
    void theStepBeforeWritesIsPermittedOnlyUnderAProvenLock() {
        effector.perform(new Effect.Begin(new Operation.Promote()), seen);
        assertFalse(loops.postgres.permit.orElseThrow().getAsBoolean());
        loops.keeper.acquired(LOCK, loops.keeper.moment(), Duration.ofMillis(2500));
        assertTrue(loops.postgres.permit.orElseThrow().getAsBoolean());
        loops.clock.pass(2250);
        assertFalse(loops.postgres.permit.orElseThrow().getAsBoolean());
    }

    @Test
    void aClaimOfUnknownEndIsLeftToDieWithItsSession() {
        LeaseId before = session.lease();
        effector.perform(new Effect.ClaimInitialize(), seen);
        assertEquals(before, session.lease());
        loops.dcs.afterWrite = () -> loops.dcs.result = FakeDcs.unknown();
        effector.perform(new Effect.ClaimInitialize(), seen);
        assertNotEquals(before, session.lease());
    }
}
