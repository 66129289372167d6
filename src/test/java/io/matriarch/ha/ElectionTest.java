package io.matriarch.ha;

import static io.matriarch.ha.Situation.A;
import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.C;
import static io.matriarch.ha.Situation.NOW;
import static io.matriarch.ha.Situation.replicaAt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who may try, who is elected, and what a primary and its voters do meanwhile, where commits are synchronous. */
class ElectionTest {

    private static final SyncSettings SYNC = new SyncSettings(SyncSettings.Mode.PRIORITY, false, 1, -1);
    private static final SyncSettings STRICT = new SyncSettings(SyncSettings.Mode.PRIORITY, true, 1, -1);
    private static final SyncSettings QUORUM = new SyncSettings(SyncSettings.Mode.QUORUM, false, 1, -1);
    private static final MemberName D = new MemberName("d");
    private static final Tick PAST = NOW.plus(Duration.ofMillis(-1));

    private record Case(String name, Situation situation, Rule rule, String effects) {
    }

    private static Case on(String name, Situation situation, Rule rule, String effects) {
        return new Case(name, situation, rule, effects);
    }

    private static Stream<DynamicTest> table(Case... cases) {
        return Stream.of(cases).map(c -> DynamicTest.dynamicTest(c.name, () -> {
            Decision decision = c.situation.decision();
            assertEquals(c.rule + " [" + c.effects + "]", decision.rule() + " [" + DeciderTest.told(decision) + "]",
                    decision.reason() + " " + decision.notes());
        }));
    }

    private static Situation racing(SyncSettings settings, int quorum, MemberName... voters) {
        return Situation.unlocked().asked(Purpose.RACE).synchronous(settings, B, quorum, voters);
    }

    @TestFactory
    Stream<DynamicTest> whoMayTry() {
        return table(
                on("the synchronous standby", racing(SYNC, 0, A), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("another is the synchronous standby", racing(SYNC, 0, C), Rule.RACE_NOT_HEALTHIEST, ""),
                on("nobody was synchronous", racing(SYNC, 0), Rule.RACE_NOT_HEALTHIEST, ""),
                on("the former leader itself", Situation.unlocked().asked(Purpose.RACE).synchronous(SYNC, A, 0, C),
                        Rule.ACQUIRE, "AcquireLeaderLock"),
                on("one that is ahead and not synchronous does not count", racing(SYNC, 0, A).answer(C, replicaAt(9000)),
                        Rule.ACQUIRE, "AcquireLeaderLock"),
                on("the other synchronous standby is ahead", racing(SYNC, 0, A, C).answer(C, replicaAt(9000)),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("the old primary still answers", racing(SYNC, 0, A)
                        .answer(B, Situation.report(PostgresRole.PRIMARY, 5000, 1, Map.of())), Rule.RACE_NOT_HEALTHIEST, ""),
                on("the old primary is a replica and ahead", racing(SYNC, 0, A).answer(B, replicaAt(9000)), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("quorum: the other voter does not answer", racing(QUORUM, 1, A, C), Rule.RACE_NOT_HEALTHIEST, ""),
                on("quorum: the other voter is as far", racing(QUORUM, 1, A, C).answer(C, replicaAt(5000)), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("quorum: the other voter is behind", racing(QUORUM, 1, A, C).answer(C, replicaAt(4900)), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("quorum: the other voter is ahead", racing(QUORUM, 1, A, C).answer(C, replicaAt(5100)),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("quorum: an outsider needs one answer more", racing(QUORUM, 1, C, D).answer(C, replicaAt(5000)),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("quorum: an outsider with all answers", racing(QUORUM, 1, C, D).member(D, PostgresRole.REPLICA, Map.of())
                        .answer(C, replicaAt(5000)).answer(D, replicaAt(5000)), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("a forced failover to one that is not synchronous", racing(SYNC, 0, C).failover(null, A), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("a switchover to one that is not synchronous", racing(SYNC, 0, C).failover(B, A),
                        Rule.RACE_NOT_HEALTHIEST, ""));
    }

    @Test
    void theAcquisitionComparesTheKeyItRestsOn() {
        assertEquals(new Effect.AcquireLeaderLock(Optional.of(new Revision(7))), racing(SYNC, 0, A).decision().effects().get(0));
        assertEquals(new Effect.AcquireLeaderLock(), Situation.racing().decision().effects().get(0));
    }

    private static Situation elected(SyncSettings settings, int quorum, MemberName... voters) {
        Situation s = Situation.leading().postgres(Situation.replica()).synchronous(settings, B, quorum, voters);
        s.postgres = s.postgres.withSync(new StandbyNames("", "", true), Revision.ABSENT);
        return s;
    }

    private static Situation tried(Situation s) {
        s.memory = s.memory.withSync(s.memory.sync().withRound(new SyncMemory.Round(new Revision(5), 4)));
        return s;
    }

    @TestFactory
    Stream<DynamicTest> theVotesDecide() {
        Situation nofailover = elected(QUORUM, 1, A, C).vote(A, 1, 5000).vote(C, 1, 5001);
        nofailover.member(C, PostgresRole.REPLICA, Map.of("nofailover", true));
        Situation old = elected(QUORUM, 1, A, C).vote(A, 1, 5000);
        old.cuts.put(C, new CutVote(new Revision(4), new io.matriarch.cluster.Timeline(1), new Lsn(5000)));
        return table(
                on("nobody is cut yet", elected(SYNC, 0, A), Rule.COLLECT_CUTS, "CollectCuts"),
                on("a single standby needs no vote but its own", elected(SYNC, 0, A).vote(A, 1, 5000),
                        Rule.PROMOTE, "WriteSync ArmGuard BeginPromote"),
                on("of two standbys each has everything", elected(SYNC, 0, A, C).vote(A, 1, 5000), Rule.PROMOTE,
                        "WriteSync ArmGuard BeginPromote"),
                on("strict: commits will wait for the others", elected(STRICT, 0, A, C).vote(A, 1, 5000),
                        Rule.PREPARE_PROMOTION, "SetStandbyNames WriteSync"),
                on("quorum: one vote is missing", elected(QUORUM, 1, A, C).vote(A, 1, 5000), Rule.COLLECT_CUTS, "CollectCuts"),
                on("quorum: a vote of an earlier epoch is none", old, Rule.COLLECT_CUTS, "CollectCuts"),
                on("quorum: all votes, none is ahead", elected(QUORUM, 1, A, C).vote(A, 1, 5000).vote(C, 1, 4000)
                        .names("ANY 1 (b,c)"), Rule.PROMOTE, "WriteSync ArmGuard BeginPromote"),
                on("quorum: all votes, the names are not in effect yet", elected(QUORUM, 1, A, C).vote(A, 1, 5000)
                        .vote(C, 1, 4000).names("ANY 1 (c)"), Rule.PREPARE_PROMOTION, "SetStandbyNames WriteSync"),
                on("quorum: the other is ahead", elected(QUORUM, 1, A, C).vote(A, 1, 5000).vote(C, 1, 5001),
                        Rule.HAND_OVER_TO_VOTER, "HandOverLeaderLock"),
                on("quorum: a newer timeline is ahead of any position", elected(QUORUM, 1, A, C).vote(A, 1, 5000)
                        .vote(C, 2, 100), Rule.HAND_OVER_TO_VOTER, "HandOverLeaderLock"),
                on("quorum: the one ahead may not be promoted", nofailover, Rule.RELEASE_BEHIND_VOTER, "ReleaseLeaderLock"),
                on("quorum: votes do not come", tried(elected(QUORUM, 1, A, C).vote(A, 1, 5000)),
                        Rule.RELEASE_WITHOUT_VOTES, "ReleaseLeaderLock"),
                on("forced: votes do not come", tried(elected(QUORUM, 1, A, C).failover(null, A).vote(A, 1, 5000))
                        .names("ANY 1 (b,c)"), Rule.PREPARE_PROMOTION, "WriteSync"),
                on("the old leader itself needs no votes", Situation.leading().postgres(Situation.replica())
                        .synchronous(QUORUM, A, 1, B, C).names("ANY 1 (b,c)"), Rule.PROMOTE, "ArmGuard BeginPromote"),
                on("the old leader's names are not in effect", Situation.leading().postgres(Situation.replica())
                        .synchronous(QUORUM, A, 1, B, C).names(""), Rule.PREPARE_PROMOTION, "SetStandbyNames"),
                on("the store is silent", elected(SYNC, 0, A).storeSilent(), Rule.LOCK_PENDING, ""),
                on("a stopped primary that the key names first", Situation.leading().synchronous(SYNC, A, 0, B)
                        .postgres(Situation.stopped(PostgresRole.PRIMARY, "in production", false)).names("b"),
                        Rule.START_PRIMARY, "ArmGuard BeginStartPrimary"),
                on("a stopped primary whose names are not those of the key", Situation.leading().synchronous(SYNC, A, 0, B)
                        .postgres(Situation.stopped(PostgresRole.PRIMARY, "in production", false)).names(""),
                        Rule.START_PRIMARY, "SetStandbyNames ArmGuard BeginStartPrimary"),
                on("a stopped primary of an earlier time", Situation.leading().synchronous(SYNC, B, 0, A)
                        .postgres(Situation.stopped(PostgresRole.PRIMARY, "in production", false)), Rule.START_READONLY,
                        "DisarmGuard BeginStartReplica"));
    }

    @Test
    void theKeyAndTheNamesOfThePromoted() {
        Effect.WriteSync write = (Effect.WriteSync) elected(QUORUM, 1, A, C).vote(A, 1, 5000).vote(C, 1, 4000)
                .names("ANY 1 (b,c)").decision().effects().get(0);
        assertEquals(new SyncStep.Key(A, 1, java.util.Set.of(B, C)).state(), write.sync());
        assertEquals(new Effect.SetStandbyNames("2 (b,c)"),
                elected(STRICT, 0, A, C).vote(A, 1, 5000).decision().effects().get(0));
    }

    private static Situation stoppedFor(SyncSettings settings, int quorum, MemberName... voters) {
        return Situation.leading().synchronous(settings, A, quorum, voters).moving(B, Optional.of(NOW.plus(Duration.ofSeconds(1))))
                .postgres(Situation.stopped(PostgresRole.PRIMARY, "shut down", false)).asked(Purpose.CATCH_UP)
                .answer(B, replicaAt(6000));
    }

    @TestFactory
    Stream<DynamicTest> theSyncKeyGoesToTheSuccessor() {
        String end = "HandOverLeaderLock DisarmGuard BeginStartReplica";
        return table(
                on("quorum: with the lock", stoppedFor(QUORUM, 1, B, C), Rule.HAND_OVER, end),
                on("a single standby: before the lock", stoppedFor(SYNC, 0, B, C), Rule.HAND_OVER, "WriteSync " + end),
                on("a single standby that is named alone", stoppedFor(SYNC, 0, B), Rule.HAND_OVER, end));
    }

    @Test
    void aSuccessorInQuorumModeLeadsByTheKeyFromTheStart() {
        assertEquals(Optional.of(new Effect.WriteSync(new SyncStep.Key(B, 1, java.util.Set.of(A, C)).state(), new Revision(7))),
                ((Effect.HandOverLeaderLock) stoppedFor(QUORUM, 1, B, C).decision().effects().get(0)).sync());
        assertEquals(Optional.of(new Effect.WriteSync(new SyncStep.Key(B, 1, java.util.Set.of(A, C, D)).state(), new Revision(7))),
                ((Effect.HandOverLeaderLock) stoppedFor(QUORUM, 1, C, D).decision().effects().get(0)).sync(),
                "one that was no voter has everything all the same");
        assertEquals(Optional.empty(), ((Effect.HandOverLeaderLock) stoppedFor(SYNC, 0, B).decision().effects().get(0)).sync());
    }

    private static Situation lapse() {
        Situation s = Situation.leading().holdingUntil(PAST).synchronous(SYNC, A, 0, B).names("b");
        LeaderLock mine = s.lock.lock().orElseThrow();
        s.lock = new LockHold(Optional.of(mine), Optional.of(PAST),
                Optional.of(new LockHold.Proof(mine, NOW.plus(Duration.ofSeconds(-4)))));
        return s;
    }

    @TestFactory
    Stream<DynamicTest> aLapseThatNobodyUses() {
        Situation over = lapse();
        LeaderLock mine = over.lock.lock().orElseThrow();
        over.lock = new LockHold(Optional.of(mine), Optional.of(PAST),
                Optional.of(new LockHold.Proof(mine, NOW.plus(Duration.ofSeconds(-10)))));
        Situation silent = lapse().storeSilent();
        silent.memory = silent.memory.withSync(silent.memory.sync().withKnown(lapse().sync));
        Situation elsewhere = lapse().nobodyLeads();
        elsewhere.synchronous(SYNC, B, 0, A);
        return table(
                on("the store still shows the lock", lapse(), Rule.LAPSE, ""),
                on("the store is silent", silent, Rule.LAPSE, ""),
                on("nobody holds the lock", lapse().nobodyLeads(), Rule.ACQUIRE_IN_PLACE, "AcquireLeaderLock"),
                on("another holds the lock", lapse().lockedBy(B), Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"),
                on("another was elected meanwhile", elsewhere, Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"),
                on("it has lasted too long", over, Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("no standby is in the key", lapse().synchronous(SYNC, A, 0), Rule.FENCE_NOT_RENEWED,
                        "Fence ForgetLeaderLock"),
                on("the names do not say what the key says", lapse().names("c"), Rule.FENCE_NOT_RENEWED,
                        "Fence ForgetLeaderLock"),
                on("the mode is off", lapse().synchronous(SyncSettings.OFF, A, 0, B), Rule.FENCE_NOT_RENEWED,
                        "Fence ForgetLeaderLock"));
    }

    private static Situation asked(Situation s, long epoch, MemberName asker) {
        s.intent = new OperatorIntent(false, Optional.empty(), Optional.empty(), false,
                Optional.of(new OperatorIntent.CutRequest(new Revision(epoch), asker)));
        return s;
    }

    @TestFactory
    Stream<DynamicTest> aVoterCutsItselfForTheHolderOfTheLockAlone() {
        Situation electedAlready = Situation.following().synchronous(SYNC, B, 0, A);
        return table(
                on("the store shows the lock", asked(Situation.following().synchronous(SYNC, C, 0, A), 6, B), Rule.CUT, "Cut"),
                on("a stopped voter", asked(Situation.following().synchronous(SYNC, C, 0, A)
                        .postgres(Situation.stopped(PostgresRole.REPLICA, "in archive recovery", false)), 6, B), Rule.CUT, "Cut"),
                on("of another epoch", asked(Situation.following().synchronous(SYNC, C, 0, A), 5, B), Rule.FOLLOWING,
                        "SetStandbyNames"),
                on("of another holder", asked(Situation.following().synchronous(SYNC, C, 0, A), 6, C), Rule.FOLLOWING,
                        "SetStandbyNames"),
                on("of one who has been elected", asked(electedAlready, 6, B), Rule.FOLLOWING, "SetStandbyNames"),
                on("an epoch that the store has not reached", asked(Situation.following(), 600, B), Rule.FOLLOWING, ""),
                on("while an operation is under way", asked(Situation.following()
                        .running(new Operation.Follow(Optional.empty())), 6, B), Rule.TASK_RUNS, ""),
                on("a primary", asked(Situation.leading(), 5, A), Rule.LEADING, ""));
    }

    @Test
    void whyThereIsNoVote() {
        assertEquals(Optional.of("the store shows no such lock"), CutRules.refusal(asked(Situation.following(), 5, B).seen()));
        assertEquals(Optional.of("b has been elected already"),
                CutRules.refusal(asked(Situation.following().synchronous(SYNC, B, 0, A), 6, B).seen()));
        assertEquals(Optional.empty(), CutRules.refusal(asked(Situation.following(), 600, B).seen()), "it may come yet");
        assertTrue(asked(Situation.following(), 600, B).decision().next().toMillis() <= 20, "and is looked for");
    }

    /** The new holder of the lock, b, still has to ask its voters, a among them, who stream from c. */
    private static Situation voter(MemberName keyLeader, long cutEpoch, PostgresRole roleOfHolder, MemberName... voters) {
        Situation s = Situation.following().synchronous(SYNC, keyLeader, 0, voters);
        s.member(B, roleOfHolder, Map.of());
        s.leader = Optional.of(new LeaderLock(B, new LeaseId(88), new Revision(6)));
        s.postgres = Situation.replicaFollowing(Optional.of("10.0.0.3:5432"), true).withSync(new StandbyNames("", "", true), new Revision(cutEpoch));
        return s;
    }

    @TestFactory
    Stream<DynamicTest> aVoterFollowsNobodyNewBeforeItsVoteWasAskedFor() {
        return table(
                on("it may be asked yet", voter(C, 0, PostgresRole.REPLICA, A, B), Rule.AWAIT_CUT, ""),
                on("it has been asked", voter(C, 6, PostgresRole.REPLICA, A, B), Rule.FOLLOW, "BeginFollow"),
                on("the holder has done without", voter(C, 0, PostgresRole.PRIMARY, A, B), Rule.FOLLOW, "BeginFollow"),
                on("the holder leads by the key", voter(B, 0, PostgresRole.REPLICA, A), Rule.FOLLOW, "BeginFollow"),
                on("it is no voter", voter(C, 0, PostgresRole.REPLICA, B), Rule.FOLLOW, "BeginFollow"));
    }

    @TestFactory
    Stream<DynamicTest> aMemberThatWasCutFollowsNobodyBefore() {
        Situation before = cut(7);
        Situation same = cut(6);
        Situation later = cut(5);
        Situation another = cut(700);
        another.memory = another.memory.withSync(another.memory.sync().withForeign(Optional.of(NOW.plus(Duration.ofSeconds(-11)))));
        Situation stopped = cut(7);
        stopped.postgres = Situation.stopped(PostgresRole.REPLICA, "in archive recovery", false)
                .withSync(StandbyNames.NONE, new Revision(7));
        return table(
                on("the holder it was cut from", before, Rule.CUT_OFF, ""),
                on("the one that cut it", same, Rule.FOLLOW, "BeginFollow"),
                on("a later holder", later, Rule.FOLLOW, "BeginFollow"),
                on("an epoch of another store", another, Rule.FOLLOW, "BeginFollow"),
                on("a stopped one follows nobody", stopped, Rule.START_REPLICA, "DisarmGuard BeginStartReplica"));
    }

    private static Situation cut(long epoch) {
        Situation s = Situation.following();
        s.leader = Optional.of(new LeaderLock(B, new LeaseId(88), new Revision(6)));
        s.postgres = Situation.replicaFollowing(Optional.empty(), false).withSync(StandbyNames.NONE, new Revision(epoch));
        return s;
    }
}
