package io.matriarch.ha;

import static io.matriarch.ha.Situation.A;
import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.C;
import static io.matriarch.ha.Situation.NOW;
import static io.matriarch.ha.Situation.replicaAt;
import static io.matriarch.ha.Situation.report;
import static io.matriarch.ha.Situation.silent;
import static io.matriarch.ha.Situation.stopped;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.HaMemory.Purpose;
import io.matriarch.ha.PostgresStatus.DataDirectory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rules, case by case: a named situation, one change, the rule and the effects that must follow. */
class DeciderTest {

    private static final Operation STOP = new Operation.Stop(Operation.StopMode.FAST, true, Duration.ofSeconds(60));
    private static final Operation PROMOTE = new Operation.Promote();
    private static final Tick PAST = NOW.plus(Duration.ofSeconds(-1));
    private static final Tick LATER = NOW.plus(Duration.ofSeconds(1));

    private record Case(String name, Situation situation, Rule rule, String effects) {
    }

    private static Case on(String name, Situation situation, Rule rule, String effects) {
        return new Case(name, situation, rule, effects);
    }

    private static Stream<DynamicTest> table(Case... cases) {
        return Stream.of(cases).map(c -> DynamicTest.dynamicTest(c.name, () -> {
            Decision decision = c.situation.decision();
            assertEquals(c.rule + " [" + c.effects + "]", decision.rule() + " [" + told(decision) + "]",
                    decision.reason());
        }));
    }

    /** The effects in short: the type, and for a long operation its type. */
    static String told(Decision decision) {
        return decision.effects().stream().map(effect -> effect instanceof Effect.Begin begin
                ? "Begin" + begin.operation().getClass().getSimpleName() : effect.getClass().getSimpleName())
                .collect(Collectors.joining(" "));
    }

    @TestFactory
    Stream<DynamicTest> nothingWritesWithoutAProvenLock() {
        Situation founding = Situation.nothingYet().postgres(Situation.primary());
        founding.initialize = Optional.of("");
        Situation foundedElsewhere = Situation.following().postgres(Situation.primary());
        foundedElsewhere.memory = foundedElsewhere.memory.withFounding(true, true);
        return table(
                on("primary with a proven lock", Situation.leading(), Rule.LEADING, ""),
                on("the proven time ends now", Situation.leading().holdingUntil(NOW), Rule.FENCE_NOT_RENEWED,
                        "Fence ForgetLeaderLock"),
                on("the store is silent and the time is over", Situation.leading().holdingUntil(PAST).storeSilent(),
                        Rule.FENCE_STORE_UNREACHABLE, "Fence ForgetLeaderLock"),
                on("the store is silent and the time lasts", Situation.leading().storeSilent(), Rule.LEADING, ""),
                on("another holds the lock", Situation.leading().lockedBy(B), Rule.FENCE_NO_LOCK,
                        "Fence ForgetLeaderLock"),
                on("the key is gone although the time lasts", Situation.leading().nobodyLeads(), Rule.FENCE_NO_LOCK,
                        "Fence ForgetLeaderLock"),
                on("the value of the key is my name, but I hold nothing", Situation.leading().noHold(),
                        Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("a silent server that may write", Situation.leading().holdingUntil(PAST)
                        .postgres(silent(PostgresRole.PRIMARY)), Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("backends outlived the postmaster", Situation.following()
                        .postgres(stopped(PostgresRole.PRIMARY, "in production", true)), Rule.FENCE_NO_LOCK,
                        "Fence ForgetLeaderLock"),
                on("the lock is lost during a promotion", Situation.following().running(PROMOTE),
                        Rule.FENCE_DURING_TASK, "Fence ForgetLeaderLock CancelOperation"),
                on("the lock is lost while the primary starts", Situation.following()
                        .postgres(stopped(PostgresRole.PRIMARY, "in production", false))
                        .running(new Operation.StartPrimary(Duration.ofSeconds(9))),
                        Rule.FENCE_DURING_TASK, "Fence ForgetLeaderLock CancelOperation"),
                on("a paused cluster keeps its primary", Situation.leading().pausedCluster().holdingUntil(PAST),
                        Rule.PAUSED_PRIMARY, ""),
                on("a replica that holds a lost lock lets it go", withLostHold(Situation.following()), Rule.LOCK_LOST,
                        "ForgetLeaderLock"),
                on("founding, before the first lock", founding.ended(new Operation.Bootstrap(), true), Rule.FOUNDED,
                        "WriteInitialize RestoreConfig AcquireLeaderLock"),
                on("founded, but another leads", foundedElsewhere, Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"));
    }

    private static Situation withLostHold(Situation s) {
        return s.holding();
    }

    @TestFactory
    Stream<DynamicTest> anAgentThatComesBackAdoptsItsPrimary() {
        Situation pending = Situation.agentBack();
        pending.lock = new LockHold(pending.leader, Optional.empty());
        Situation rejected = Situation.agentBack();
        rejected.memory = HaMemory.EMPTY.withStarted().withGraceUntil(Optional.of(LATER)).withAdopted(Optional.of(Situation.LEASE));
        Situation late = Situation.agentBack();
        late.memory = HaMemory.EMPTY.withStarted().withGraceUntil(Optional.of(NOW));
        Situation behind = Situation.agentBack().nobodyLeads();
        behind.history = new TimelineHistory(true,
                List.of(new TimelineHistory.Entry(1, new Lsn(1), "", Optional.empty(), Optional.empty())));
        Situation otherSystem = Situation.agentBack().nobodyLeads();
        otherSystem.initialize = Optional.of("7000000000000000002");
        return table(
                on("the store says it leads", Situation.agentBack(), Rule.ADOPT_LOCK, "AdoptLeaderLock"),
                on("the first renewal is under way", pending, Rule.ADOPTION_WAITS, ""),
                on("the first renewal was rejected", rejected, Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("the grace is over", late, Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("the store is silent", Situation.agentBack().storeSilent(), Rule.ADOPTION_WAITS, ""),
                on("another leads", Situation.agentBack().lockedBy(B), Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"),
                on("nobody leads: ask first", Situation.agentBack().nobodyLeads(), Rule.ADOPTION_ASKS, "AskPeers"),
                on("nobody leads and nobody took over", Situation.agentBack().nobodyLeads().asked(Purpose.ADOPTION)
                        .answer(B, replicaAt(4000)), Rule.ACQUIRE_IN_PLACE, "AcquireLeaderLock"),
                on("nobody leads and another primary is alive", Situation.agentBack().nobodyLeads()
                        .asked(Purpose.ADOPTION).answer(B, report(PostgresRole.PRIMARY, 1, 1, Map.of())),
                        Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"),
                on("nobody leads and another is on a newer timeline", Situation.agentBack().nobodyLeads()
                        .asked(Purpose.ADOPTION).answer(B, report(PostgresRole.REPLICA, 1, 2, Map.of())),
                        Rule.FENCE_NO_LOCK, "Fence ForgetLeaderLock"),
                on("nobody leads and the cluster is on a newer timeline", behind, Rule.FENCE_NO_LOCK,
                        "Fence ForgetLeaderLock"),
                on("nobody leads and the data is of another cluster", otherSystem, Rule.FENCE_NO_LOCK,
                        "Fence ForgetLeaderLock"),
                on("the lock was taken: say so once", raced(Situation.leading()), Rule.ACQUIRED_AS_PRIMARY, ""));
    }

    /** Data is there, the store has never seen a lock; so many seconds after it was seen unlocked, c answers this. */
    private static Situation firstLock(int seconds, PeerReport other) {
        Situation s = Situation.racing().answer(C, other);
        s.history = TimelineHistory.ABSENT;
        s.optime = Lsn.ZERO;
        s.memory = HaMemory.EMPTY.withStarted().withAsked(s.memory.asked())
                .withUnlockedSince(Optional.of(NOW.plus(Duration.ofSeconds(-seconds))));
        return s;
    }

    private static Situation raced(Situation s) {
        s.memory = s.memory.withRaced(true);
        return s;
    }

    @TestFactory
    Stream<DynamicTest> theRaceGoesToTheMostAdvanced() {
        Situation lagging = Situation.racing();
        lagging.optime = new Lsn(5000 + 1048577);
        Situation justInLimit = Situation.racing();
        justInLimit.optime = new Lsn(5000 + 1048576);
        Situation diverged = Situation.racing().answer(C, replicaAt(1));
        diverged.history = new TimelineHistory(true,
                List.of(new TimelineHistory.Entry(1, new Lsn(100), "", Optional.empty(), Optional.empty())));
        diverged.optime = new Lsn(100 + 1048577);
        Situation nofailover = Situation.racing();
        nofailover.settings = tagged(nofailover.settings, true, 0);
        Situation backoff = Situation.racing();
        backoff.memory = backoff.memory.withNoRaceUntil(LATER);
        Situation coldStart = Situation.racing().answer(C, report(PostgresRole.REPLICA, 0, 0, Map.of()));
        coldStart.memory = HaMemory.EMPTY.withStarted().withUnlockedSince(Optional.of(NOW)).withAsked(coldStart.memory.asked());
        Situation warm = Situation.racing().answer(C, report(PostgresRole.REPLICA, 0, 0, Map.of()));
        Situation noConfig = Situation.racing();
        noConfig.configRevision = Revision.ABSENT;
        noConfig.config = Map.of();
        return table(
                on("nobody asked yet", Situation.unlocked(), Rule.RACE_ASKS, "AskPeers"),
                on("answers to another question do not count", Situation.unlocked().asked(Purpose.SWITCHOVER),
                        Rule.RACE_ASKS, "AskPeers"),
                on("as far as the other", Situation.racing(), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("nobody else answers", Situation.unlocked().asked(Purpose.RACE), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("another is ahead", Situation.racing().answer(C, replicaAt(5001)), Rule.RACE_NOT_HEALTHIEST, ""),
                on("another is ahead and may not be promoted", Situation.racing()
                        .answer(C, report(PostgresRole.REPLICA, 5001, 1, Map.of("nofailover", true))), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("another is ahead on an older timeline", Situation.racing()
                        .postgres(Situation.replicaOnTimeline(2)).answer(C, replicaAt(6000)), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("another is on a newer timeline", Situation.racing()
                        .answer(C, report(PostgresRole.REPLICA, 10, 2, Map.of())), Rule.RACE_NOT_HEALTHIEST, ""),
                on("equal, and the other has priority", Situation.racing()
                        .answer(C, report(PostgresRole.REPLICA, 5000, 1, Map.of("failover_priority", 2L))),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("equal, and the former leader has priority", Situation.racing()
                        .answer(B, report(PostgresRole.REPLICA, 5000, 1, Map.of("failover_priority", 2L))),
                        Rule.ACQUIRE, "AcquireLeaderLock"),
                on("a primary is still alive", Situation.racing()
                        .answer(B, report(PostgresRole.PRIMARY, 1, 1, Map.of())), Rule.RACE_NOT_HEALTHIEST, ""),
                on("too far behind", lagging, Rule.RACE_NOT_HEALTHIEST, ""),
                on("just not too far behind", justInLimit, Rule.ACQUIRE, "AcquireLeaderLock"),
                on("what counts of a left timeline is the part before the switch", diverged,
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("nofailover", nofailover, Rule.RACE_NOT_ALLOWED, ""),
                on("gave the lock up a moment ago", backoff, Rule.RACE_BACKOFF, ""),
                on("cold start: another is still starting", coldStart, Rule.RACE_NOT_HEALTHIEST, ""),
                on("first lock of existing data: others may have more", firstLock(1, replicaAt(5000)),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("first lock: they had the time to say so", firstLock(4, replicaAt(5000)), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("first lock: another is still starting", firstLock(4, report(PostgresRole.REPLICA, 0, 0, Map.of())),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("first lock: another does not come up", firstLock(31, report(PostgresRole.REPLICA, 0, 0, Map.of())),
                        Rule.ACQUIRE, "AcquireLeaderLock"),
                on("first lock: the most advanced wins", firstLock(31, replicaAt(5001)), Rule.RACE_NOT_HEALTHIEST, ""),
                on("later, one that does not run is not waited for", warm, Rule.ACQUIRE, "AcquireLeaderLock"),
                on("the config key is lost: restored before the lock", noConfig, Rule.ACQUIRE,
                        "RestoreConfig AcquireLeaderLock"),
                on("stopped: start first", Situation.unlocked().postgres(stopped(PostgresRole.REPLICA,
                        "shut down in recovery", false)), Rule.START_REPLICA, "DisarmGuard BeginStartReplica"),
                on("a crashed former primary starts as a replica of nobody", Situation.unlocked()
                        .postgres(stopped(PostgresRole.PRIMARY, "in production", false)), Rule.START_REPLICA,
                        "DisarmGuard BeginStartReplica"),
                on("still starting", Situation.unlocked().postgres(silent(PostgresRole.REPLICA)),
                        Rule.STARTING_UNLOCKED, ""));
    }

    private static HaSettings tagged(HaSettings s, boolean nofailover, int priority) {
        return new HaSettings(s.me(), s.loopWait(), s.ttl(), s.retryTimeout(), s.leaderLease(),
                s.maximumLagOnFailover(), s.primaryStartTimeout(), s.pgCtlTimeout(), s.checkTimeline(), s.useSlots(),
                s.mayBootstrap(), nofailover, priority, s.nostream(), s.replicatefrom(), s.initialConfig());
    }

    private static HaSettings startTimeout(HaSettings s, Duration timeout) {
        return new HaSettings(s.me(), s.loopWait(), s.ttl(), s.retryTimeout(), s.leaderLease(),
                s.maximumLagOnFailover(), timeout, s.pgCtlTimeout(), s.checkTimeline(), s.useSlots(),
                s.mayBootstrap(), s.nofailover(), s.failoverPriority(), s.nostream(), s.replicatefrom(),
                s.initialConfig());
    }

    @TestFactory
    Stream<DynamicTest> aFailoverKeySteersTheRace() {
        return table(
                on("I am the candidate, however far behind", Situation.racing().failover(B, A)
                        .answer(C, replicaAt(9000)), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("another candidate answers", Situation.racing().failover(B, C).answer(C, replicaAt(10)),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("another candidate does not answer", Situation.unlocked().asked(Purpose.RACE).failover(B, C),
                        Rule.ACQUIRE, "AcquireLeaderLock"),
                on("another candidate may not be promoted", Situation.racing().failover(B, C)
                        .answer(C, report(PostgresRole.REPLICA, 10, 1, Map.of("nofailover", true))), Rule.ACQUIRE,
                        "AcquireLeaderLock"),
                on("the one who was to give the lock up is ahead", Situation.racing().failover(B, null)
                        .answer(B, replicaAt(9000)), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("the one who was to give the lock up is still primary", Situation.racing().failover(B, null)
                        .answer(B, report(PostgresRole.PRIMARY, 9000, 1, Map.of())), Rule.RACE_NOT_HEALTHIEST, ""),
                on("I was to give the lock up and another can take it", Situation.racing().failover(A, null),
                        Rule.RACE_NOT_HEALTHIEST, ""),
                on("I was to give the lock up and nobody can take it", Situation.unlocked().asked(Purpose.RACE)
                        .failover(A, null), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("the winner clears the key when it promotes", raced(Situation.leading())
                        .postgres(Situation.replica()).failover(B, A), Rule.PROMOTE,
                        "ArmGuard BeginPromote ClearFailover"));
    }

    @TestFactory
    Stream<DynamicTest> theHolderBecomesPrimary() {
        Situation handedOver = Situation.following().lockedBy(A);
        Situation dropped = Situation.following().lockedBy(A);
        dropped.memory = dropped.memory.withDropped(Optional.of(Situation.LEASE));
        Situation awaiting = Situation.following().lockedBy(A);
        awaiting.lock = new LockHold(awaiting.leader, Optional.empty());
        return table(
                on("a replica is named in the key", handedOver, Rule.ADOPT_LOCK, "AdoptLeaderLock"),
                on("a replica is named, by a lock it gave up", dropped, Rule.LOCK_PENDING, ""),
                on("a replica awaits the first renewal", awaiting, Rule.LOCK_PENDING, ""),
                on("a replica with a proven lock", Situation.leading().postgres(Situation.replica()), Rule.PROMOTE,
                        "ArmGuard BeginPromote"),
                on("a promotion runs", Situation.leading().postgres(Situation.replica()).running(PROMOTE),
                        Rule.TASK_RUNS, ""),
                on("a promotion failed", Situation.leading().postgres(Situation.replica()).ended(PROMOTE, false),
                        Rule.PROMOTE_BACKOFF, ""),
                on("promotions failed: is there another", Situation.leading().postgres(Situation.replica())
                        .failures(2, PAST), Rule.GIVE_UP_ASKS, "AskPeers"),
                on("promotions failed and another is ready", Situation.leading().postgres(Situation.replica())
                        .failures(2, PAST).asked(Purpose.GIVE_UP).answer(B, replicaAt(5000)), Rule.GIVE_UP_PROMOTION,
                        "Fence ReleaseLeaderLock"),
                on("promotions failed and nobody else is ready", Situation.leading().postgres(Situation.replica())
                        .failures(2, PAST).asked(Purpose.GIVE_UP), Rule.PROMOTE, "ArmGuard BeginPromote"),
                on("a stopped replica got the lock", Situation.leading().postgres(stopped(PostgresRole.REPLICA,
                        "shut down in recovery", false)), Rule.START_READONLY, "DisarmGuard BeginStartReplica"));
    }

    @TestFactory
    Stream<DynamicTest> aDeadPrimaryComesBackInPlace() {
        PostgresStatus dead = stopped(PostgresRole.PRIMARY, "in production", false);
        Situation atOnce = Situation.leading().postgres(dead);
        atOnce.settings = startTimeout(atOnce.settings, Duration.ZERO);
        Situation atOnceAndReady = Situation.leading().postgres(dead).asked(Purpose.GIVE_UP).answer(B, replicaAt(5000));
        atOnceAndReady.settings = atOnce.settings;
        Situation atOnceAlone = Situation.leading().postgres(dead).asked(Purpose.GIVE_UP);
        atOnceAlone.settings = atOnce.settings;
        Situation tooFar = Situation.leading().postgres(dead).failures(1, PAST).asked(Purpose.GIVE_UP)
                .answer(B, replicaAt(5000));
        tooFar.optime = new Lsn(5000 + 1048577);
        return table(
                on("it died under the lock", Situation.leading().postgres(dead), Rule.START_PRIMARY,
                        "ArmGuard BeginStartPrimary"),
                on("it died and backends live on: the start fences them", Situation.leading()
                        .postgres(stopped(PostgresRole.PRIMARY, "in production", true)), Rule.START_PRIMARY,
                        "ArmGuard BeginStartPrimary"),
                on("somebody stopped it", Situation.leading().postgres(stopped(PostgresRole.DEMOTED, "shut down",
                        false)), Rule.START_PRIMARY, "ArmGuard BeginStartPrimary"),
                on("it died and the store is silent", Situation.leading().postgres(dead).storeSilent(),
                        Rule.START_PRIMARY, "ArmGuard BeginStartPrimary"),
                on("the start failed a moment ago", Situation.leading().postgres(dead)
                        .ended(new Operation.StartPrimary(Duration.ofSeconds(9)), false), Rule.START_BACKOFF, ""),
                on("the start failed: is there another", Situation.leading().postgres(dead).failures(1, PAST),
                        Rule.GIVE_UP_ASKS, "AskPeers"),
                on("the start failed and another is ready", Situation.leading().postgres(dead).failures(1, PAST)
                        .asked(Purpose.GIVE_UP).answer(B, replicaAt(5000)), Rule.GIVE_UP_START,
                        "Fence ReleaseLeaderLock"),
                on("the start failed and the other is too far behind", tooFar, Rule.START_PRIMARY,
                        "ArmGuard BeginStartPrimary"),
                on("primary_start_timeout 0: is there another", atOnce, Rule.GIVE_UP_ASKS, "AskPeers"),
                on("primary_start_timeout 0 and another is ready", atOnceAndReady, Rule.GIVE_UP_START,
                        "Fence ReleaseLeaderLock"),
                on("primary_start_timeout 0 and nobody else is ready", atOnceAlone, Rule.START_PRIMARY,
                        "ArmGuard BeginStartPrimary"));
    }

    @TestFactory
    Stream<DynamicTest> aFrozenPrimaryGoesWhenAnotherCanTakeOver() {
        PostgresStatus frozen = silent(PostgresRole.PRIMARY);
        return table(
                on("silent for a moment", Situation.leading().postgres(frozen), Rule.PRIMARY_SILENT, ""),
                on("silent for long", inTrouble(Situation.leading().postgres(frozen)), Rule.GIVE_UP_ASKS, "AskPeers"),
                on("silent for long and another is ready", inTrouble(Situation.leading().postgres(frozen))
                        .asked(Purpose.GIVE_UP).answer(B, replicaAt(5000)), Rule.FROZEN_PRIMARY,
                        "Fence ReleaseLeaderLock"),
                on("silent for long and nobody else is ready", inTrouble(Situation.leading().postgres(frozen))
                        .asked(Purpose.GIVE_UP), Rule.NOBODY_ELSE, ""));
    }

    private static Situation inTrouble(Situation s) {
        s.memory = s.memory.withTroubleSince(Optional.of(NOW.plus(Duration.ofSeconds(-11))));
        return s;
    }

    @TestFactory
    Stream<DynamicTest> aPlannedMoveOfTheLock() {
        PostgresStatus down = stopped(PostgresRole.DEMOTED, "shut down", false);
        return table(
                on("asked for: who can take it", Situation.leading().failover(A, B), Rule.SWITCHOVER_ASKS, "AskPeers"),
                on("the candidate is fit", Situation.leading().failover(A, B).asked(Purpose.SWITCHOVER)
                        .answer(B, replicaAt(4000)), Rule.SWITCHOVER_STOPS, "BeginStop"),
                on("manual failover without a leader", Situation.leading().failover(null, B)
                        .asked(Purpose.SWITCHOVER).answer(B, replicaAt(4000)), Rule.SWITCHOVER_STOPS, "BeginStop"),
                on("the candidate does not answer", Situation.leading().failover(A, B).asked(Purpose.SWITCHOVER)
                        .answer(C, replicaAt(5000)), Rule.SWITCHOVER_CLEARED, "ClearFailover"),
                on("any candidate", Situation.leading().failover(A, null).asked(Purpose.SWITCHOVER)
                        .answer(C, replicaAt(5000)), Rule.SWITCHOVER_STOPS, "BeginStop"),
                on("another leader is named", Situation.leading().failover(C, B), Rule.SWITCHOVER_CLEARED,
                        "ClearFailover"),
                on("I am the candidate", Situation.leading().failover(null, A), Rule.SWITCHOVER_CLEARED,
                        "ClearFailover"),
                on("scheduled for later", Situation.leading().scheduled("2026-11-20T06:00:05+00:00"), Rule.LEADING,
                        ""),
                on("scheduled for now", Situation.leading().scheduled("2026-11-20T06:00:00+00:00"),
                        Rule.SWITCHOVER_ASKS, "AskPeers"),
                on("scheduled long ago", Situation.leading().scheduled("2026-11-20T05:59:40+00:00"),
                        Rule.SWITCHOVER_CLEARED, "ClearFailover"),
                on("scheduled without a time zone", Situation.leading().scheduled("2026-11-20T06:00:05"),
                        Rule.SWITCHOVER_CLEARED, "ClearFailover"),
                on("the primary is stopping", Situation.leading().moving(B, Optional.empty()).running(STOP),
                        Rule.TASK_RUNS, ""),
                on("stopped: has the candidate everything", Situation.leading().moving(B, Optional.empty())
                        .ended(STOP, true).postgres(down), Rule.SWITCHOVER_CATCHES_UP, "AskPeers"),
                on("stopped, the candidate is not there yet", Situation.leading().moving(B, Optional.of(LATER))
                        .postgres(down).asked(Purpose.CATCH_UP).answer(B, replicaAt(5999)),
                        Rule.SWITCHOVER_CATCHES_UP, "AskPeers"),
                on("the candidate has everything", Situation.leading().moving(B, Optional.of(LATER)).postgres(down)
                        .asked(Purpose.CATCH_UP).answer(B, replicaAt(6000)), Rule.HAND_OVER,
                        "HandOverLeaderLock DisarmGuard BeginStartReplica"),
                on("the candidate vanished: who else", Situation.leading().moving(B, Optional.of(PAST)).postgres(down)
                        .asked(Purpose.CATCH_UP), Rule.SWITCHOVER_ASKS, "AskPeers"),
                on("the candidate vanished and another has everything", Situation.leading()
                        .moving(B, Optional.of(PAST)).postgres(down).asked(Purpose.SWITCHOVER)
                        .answer(C, replicaAt(6000)), Rule.HAND_OVER,
                        "HandOverLeaderLock DisarmGuard BeginStartReplica"),
                on("nobody has everything", Situation.leading().moving(B, Optional.of(PAST)).postgres(down)
                        .asked(Purpose.SWITCHOVER).answer(C, replicaAt(5999)), Rule.SWITCHOVER_ABANDONED,
                        "ArmGuard BeginStartPrimary ClearFailover"),
                on("it did not stop cleanly", Situation.leading().moving(B, Optional.empty())
                        .postgres(stopped(PostgresRole.PRIMARY, "in production", false)), Rule.SWITCHOVER_ABANDONED,
                        "ArmGuard BeginStartPrimary ClearFailover"),
                on("the stop left something behind", Situation.leading().moving(B, Optional.empty())
                        .postgres(stopped(PostgresRole.DEMOTED, "shut down", true)), Rule.SWITCHOVER_FENCES, "Fence"),
                on("the lock was lost meanwhile", Situation.following().moving(B, Optional.empty()).postgres(down),
                        Rule.START_REPLICA, "DisarmGuard BeginStartReplica"));
    }

    @TestFactory
    Stream<DynamicTest> aReplicaFollows() {
        Situation nowhere = Situation.following().postgres(Situation.replicaFollowing(Optional.empty(), false));
        Situation notStreaming = Situation.following()
                .postgres(Situation.replicaFollowing(Optional.of("host-b:5432"), false));
        Situation unpromoted = Situation.following().member(B, PostgresRole.REPLICA, Map.of())
                .postgres(Situation.replicaFollowing(Optional.of("host-b:5432"), false));
        Situation cascade = Situation.following();
        cascade.settings = replicatingFrom(cascade.settings, C);
        Situation long_ = Situation.following()
                .postgres(Situation.replicaFollowing(Optional.of("host-b:5432"), false));
        long_.memory = long_.memory.withUpkeep(long_.memory.upkeep().withNotStreaming(
                NOW.plus(Duration.ofSeconds(-4)), Optional.of(PAST), Optional.empty()));
        Situation leaderUnknown = Situation.following();
        leaderUnknown.members.remove(B);
        Situation newConfig = Situation.following();
        newConfig.configRevision = new Revision(8);
        return table(
                on("all is well", Situation.following(), Rule.FOLLOWING, ""),
                on("it follows nobody", nowhere, Rule.FOLLOW, "BeginFollow"),
                on("it follows the former leader", Situation.following()
                        .postgres(Situation.replicaFollowing(Optional.of("host-c:5432"), true)), Rule.FOLLOW,
                        "BeginFollow"),
                on("replicatefrom", cascade, Rule.FOLLOW, "BeginFollow"),
                on("the leader's address is unknown", leaderUnknown, Rule.FOLLOWING, ""),
                on("it does not stream", notStreaming, Rule.NUDGE, "Nudge"),
                on("it does not stream and the leader is not promoted yet", unpromoted, Rule.FOLLOWING, ""),
                on("it has not streamed for seconds", long_, Rule.FOLLOW_AGAIN, "BeginFollow"),
                on("stopped", Situation.following().postgres(stopped(PostgresRole.REPLICA, "shut down in recovery",
                        false)), Rule.START_REPLICA, "DisarmGuard BeginStartReplica"),
                on("stopped, the last start failed", Situation.following().postgres(stopped(PostgresRole.REPLICA,
                        "shut down in recovery", false)).failures(1, LATER), Rule.START_BACKOFF, ""),
                on("starting", Situation.following().postgres(silent(PostgresRole.REPLICA)), Rule.STARTING_REPLICA,
                        ""),
                on("new settings", newConfig, Rule.FOLLOWING, "ApplySettings"),
                on("reload", Situation.following().intent(false, true), Rule.FOLLOWING, "ApplySettings"),
                on("the store is silent", Situation.following().storeSilent(), Rule.STORE_UNREACHABLE, ""));
    }

    private static HaSettings replicatingFrom(HaSettings s, io.matriarch.cluster.MemberName name) {
        return new HaSettings(s.me(), s.loopWait(), s.ttl(), s.retryTimeout(), s.leaderLease(),
                s.maximumLagOnFailover(), s.primaryStartTimeout(), s.pgCtlTimeout(), s.checkTimeline(), s.useSlots(),
                s.mayBootstrap(), s.nofailover(), s.failoverPriority(), s.nostream(), Optional.of(name),
                s.initialConfig());
    }

    @TestFactory
    Stream<DynamicTest> howAClusterComesToBe() {
        Situation claimed = Situation.nothingYet();
        Situation justUp = Situation.nothingYet();
        justUp.memory = HaMemory.EMPTY;
        claimed.initialize = Optional.of("");
        Situation leaderExists = Situation.following().postgres(Situation.directory(DataDirectory.EMPTY));
        Situation clonefrom = Situation.following().postgres(Situation.directory(DataDirectory.EMPTY))
                .member(C, PostgresRole.REPLICA, Map.of("clonefrom", true));
        Situation unlockedEmpty = Situation.unlocked().postgres(Situation.directory(DataDirectory.EMPTY));
        Situation existing = Situation.nothingYet().postgres(Situation.replica());
        Situation existingButClaimed = Situation.nothingYet().postgres(Situation.replica());
        existingButClaimed.initialize = Optional.of("");
        Situation waits = Situation.nothingYet().postgres(Situation.primary()).storeSilent();
        waits.memory = waits.memory.withFounding(true, true);
        return table(
                on("nothing anywhere", Situation.nothingYet(), Rule.BOOTSTRAP, "ClaimInitialize BeginBootstrap"),
                on("another member has data", Situation.nothingYet().member(B, PostgresRole.DEMOTED, Map.of()),
                        Rule.WAIT_FOR_FOUNDER, ""),
                on("another member has none either", Situation.nothingYet().member(B, PostgresRole.UNINITIALIZED,
                        Map.of()), Rule.BOOTSTRAP, "ClaimInitialize BeginBootstrap"),
                on("just come up: others may have data", justUp, Rule.WAIT_FOR_DATA, ""),
                on("somebody founds it", claimed, Rule.WAIT_FOR_FOUNDER, ""),
                on("it is being founded here", Situation.nothingYet().running(new Operation.Bootstrap()),
                        Rule.TASK_RUNS, ""),
                on("bootstrap failed", Situation.nothingYet().ended(new Operation.Bootstrap(), false),
                        Rule.BOOTSTRAP_FAILED, "WithdrawInitialize Exit"),
                on("founded, the store is silent", waits, Rule.FOUNDATION_WAITS, ""),
                on("a leader exists", leaderExists, Rule.CLONE, "BeginCloneFrom"),
                on("a replica offers itself", clonefrom, Rule.CLONE, "BeginCloneFrom"),
                on("the cluster exists and nobody leads", unlockedEmpty, Rule.WAIT_FOR_FOUNDER, ""),
                on("data without a key: claim it, let nobody found another", existing, Rule.CLAIM_EXISTING_DATA,
                        "WriteInitialize"),
                on("data, but another founds", existingButClaimed, Rule.WAIT_FOR_FOUNDER, ""));
    }

    @TestFactory
    Stream<DynamicTest> dataThatCannotBeUsed() {
        Situation wrong = Situation.following();
        wrong.initialize = Optional.of("7000000000000000002");
        Situation wrongStopped = Situation.following().postgres(stopped(PostgresRole.REPLICA, "shut down", false));
        wrongStopped.initialize = wrong.initialize;
        return table(
                on("another cluster's data, running", wrong, Rule.WRONG_CLUSTER, "BeginStop"),
                on("another cluster's data, stopped", wrongStopped, Rule.WRONG_CLUSTER, "Fence Exit"),
                on("damaged", Situation.following().postgres(Situation.directory(DataDirectory.DAMAGED)),
                        Rule.DATA_DAMAGED, ""),
                on("unreadable", Situation.following().postgres(Situation.directory(DataDirectory.UNREADABLE)),
                        Rule.DATA_UNREADABLE, ""),
                on("the leader's data is gone", Situation.leading()
                        .postgres(Situation.directory(DataDirectory.EMPTY)), Rule.RELEASE_WITHOUT_DATA,
                        "Fence ReleaseLeaderLock"));
    }

    @TestFactory
    Stream<DynamicTest> thePrimaryKeepsTheKeysInOrder() {
        Situation moved = Situation.leading();
        moved.memory = moved.memory.withUpkeep(moved.memory.upkeep().withStatus(NOW.plus(Duration.ofSeconds(-10)),
                new Lsn(4000)));
        Situation movedLately = Situation.leading();
        movedLately.memory = movedLately.memory.withUpkeep(movedLately.memory.upkeep().withStatus(PAST, new Lsn(4000)));
        Situation noKeys = Situation.leading();
        noKeys.initialize = Optional.empty();
        noKeys.configRevision = Revision.ABSENT;
        Situation newMember = Situation.leading().member(new io.matriarch.cluster.MemberName("d-4"),
                PostgresRole.REPLICA, Map.of());
        Situation newHistory = Situation.leading();
        newHistory.history = new TimelineHistory(true,
                List.of(new TimelineHistory.Entry(1, new Lsn(1), "", Optional.empty(), Optional.empty())));
        return table(
                on("its log moved on", moved, Rule.LEADING, "WriteStatus"),
                on("its log moved on, written a moment ago", movedLately, Rule.LEADING, ""),
                on("keys are lost", noKeys, Rule.LEADING, "WriteInitialize RestoreConfig"),
                on("a member without a slot", newMember, Rule.LEADING, "SyncSlots"),
                on("a history that is not its own", newHistory, Rule.LEADING, "WriteHistory"));
    }

    @TestFactory
    Stream<DynamicTest> pause() {
        Situation handedOver = Situation.following().pausedCluster().lockedBy(A).holding();
        handedOver.memory = handedOver.memory.withAdopted(Optional.of(Situation.LEASE));
        handedOver.leader = handedOver.lock.lock();
        Situation past = Situation.leading().pausedCluster().noHold().nobodyLeads();
        past.history = new TimelineHistory(true,
                List.of(new TimelineHistory.Entry(1, new Lsn(1), "", Optional.empty(), Optional.empty())));
        return table(
                on("primary of a timeline that the cluster has left, nobody leads", past, Rule.PAUSED_PRIMARY, ""),
                on("primary with the lock", Situation.leading().pausedCluster(), Rule.LEADING, ""),
                on("primary without a lock, another leads", Situation.leading().pausedCluster().noHold().lockedBy(B),
                        Rule.PAUSED_PRIMARY, ""),
                on("primary without a lock, nobody leads", Situation.leading().pausedCluster().noHold()
                        .nobodyLeads(), Rule.ACQUIRE_IN_PLACE, "AcquireLeaderLock"),
                on("the leader does not run", Situation.leading().pausedCluster().postgres(stopped(
                        PostgresRole.PRIMARY, "shut down", false)), Rule.PAUSED_RELEASES, "Fence ReleaseLeaderLock"),
                on("the leader became a replica", Situation.leading().pausedCluster()
                        .postgres(Situation.replica()), Rule.PAUSED_RELEASES, "Fence ReleaseLeaderLock"),
                on("the lock was handed to a replica", handedOver, Rule.PROMOTE, "ArmGuard BeginPromote"),
                on("a replica, nobody leads", Situation.unlocked().pausedCluster(), Rule.PAUSED_WAITS, ""),
                on("a replica, nobody leads, it is the candidate", Situation.unlocked().pausedCluster()
                        .failover(B, A), Rule.ACQUIRE, "AcquireLeaderLock"),
                on("a stopped replica", Situation.following().pausedCluster().postgres(stopped(PostgresRole.REPLICA,
                        "shut down in recovery", false)), Rule.PAUSED_STOPPED, ""),
                on("a replica of a new leader", Situation.following().pausedCluster()
                        .postgres(Situation.replicaFollowing(Optional.of("host-c:5432"), false)), Rule.FOLLOW,
                        "BeginFollow"),
                on("switchover without a candidate", Situation.leading().pausedCluster().failover(A, null),
                        Rule.SWITCHOVER_CLEARED, "ClearFailover"),
                on("no data", Situation.following().pausedCluster()
                        .postgres(Situation.directory(DataDirectory.EMPTY)), Rule.PAUSED_EMPTY, ""),
                on("told to end", Situation.leading().pausedCluster().intent(true, false), Rule.SHUTDOWN_PAUSED,
                        "Exit"));
    }

    @TestFactory
    Stream<DynamicTest> theEndOfTheProcess() {
        Situation late = Situation.leading().intent(true, false);
        late.memory = late.memory.withShutdownSince(NOW.plus(Duration.ofSeconds(-12)));
        return table(
                on("primary", Situation.leading().intent(true, false), Rule.SHUTDOWN_STOPS, "BeginStop"),
                on("replica", Situation.following().intent(true, false), Rule.SHUTDOWN_STOPS, "BeginStop"),
                on("stopping", Situation.leading().intent(true, false).running(STOP), Rule.SHUTDOWN_STOPS, ""),
                on("something else runs", Situation.following().intent(true, false)
                        .running(new Operation.Follow(Optional.empty())), Rule.SHUTDOWN_CANCELS, "CancelOperation"),
                on("stopped with the lock", Situation.leading().intent(true, false).postgres(stopped(
                        PostgresRole.DEMOTED, "shut down", false)), Rule.SHUTDOWN_RELEASES, "ReleaseLeaderLock Exit"),
                on("stopped without", Situation.following().intent(true, false).postgres(stopped(
                        PostgresRole.REPLICA, "shut down in recovery", false)), Rule.SHUTDOWN_ENDS, "Exit"),
                on("it does not stop", late, Rule.SHUTDOWN_FENCES, "Fence"),
                on("the lock is lost while going down", Situation.leading().intent(true, false).holdingUntil(PAST)
                        .running(STOP), Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock CancelOperation"));
    }

    @TestFactory
    Stream<DynamicTest> whatOperatorsAsk() {
        Situation restartPrimary = Situation.leading();
        restartPrimary.intent = new OperatorIntent(false, Optional.of(new OperatorIntent.Restart(4,
                Duration.ofSeconds(9))), Optional.empty(), false);
        Situation restartReplica = Situation.following();
        restartReplica.intent = restartPrimary.intent;
        Situation again = Situation.leading();
        again.intent = restartPrimary.intent;
        again.memory = again.memory.withUpkeep(again.memory.upkeep().withRestartTried(4));
        Situation anew = Situation.following();
        anew.intent = new OperatorIntent(false, Optional.empty(), Optional.of(new OperatorIntent.Reinitialize(5, false,
                false)), false);
        Situation anewDamaged = Situation.following().postgres(Situation.directory(DataDirectory.DAMAGED));
        anewDamaged.intent = anew.intent;
        Situation forced = Situation.following().running(new Operation.Follow(Optional.empty()));
        forced.intent = new OperatorIntent(false, Optional.empty(), Optional.of(new OperatorIntent.Reinitialize(5,
                true, false)), false);
        return table(
                on("restart of the primary", restartPrimary, Rule.RESTART, "BeginRestart"),
                on("restart of a replica", restartReplica, Rule.RESTART, "BeginRestart"),
                on("a restart is begun once", again, Rule.LEADING, ""),
                on("reinitialize", anew, Rule.REINITIALIZE, "BeginReinitialize"),
                on("reinitialize damaged data", anewDamaged, Rule.REINITIALIZE, "BeginReinitialize"),
                on("reinitialize by force", forced, Rule.CANCEL_FOR_REINITIALIZE, "CancelOperation"));
    }

    @TestFactory
    Stream<DynamicTest> sentencesOperatorsSearchFor() {
        return Map.of(
                "no action. I am (a), the leader with the lock", Situation.leading(),
                "no action. I am (a), a secondary, and following a leader (b)", Situation.following(),
                "demoting self because I do not have the lock and I was a leader", Situation.leading().lockedBy(B),
                "demoted self because failed to update leader lock in DCS", Situation.leading().holdingUntil(PAST),
                "promoted self to leader by acquiring session lock",
                raced(Situation.leading()).postgres(Situation.replica()),
                "promoted self to leader because I had the session lock",
                Situation.leading().postgres(Situation.replica()),
                "acquired session lock as a leader", raced(Situation.leading()),
                "switchover: demoting myself", Situation.leading().failover(A, B).asked(Purpose.SWITCHOVER)
                        .answer(B, replicaAt(5000)),
                "system ID mismatch, node a belongs to a different cluster: 1 != " + Situation.SYSTEM,
                ofOther(Situation.following())).entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(),
                        () -> assertEquals(e.getKey(), e.getValue().decision().reason())));
    }

    private static Situation ofOther(Situation s) {
        s.initialize = Optional.of("1");
        return s;
    }

    @Test
    void aLapsedLockThatWasAdoptedMayBeHadAgainAfterTheFence() {
        Situation lapsed = Situation.leading().holdingUntil(PAST);
        lapsed.memory = lapsed.memory.withAdopted(Optional.of(Situation.LEASE));
        Decision fence = lapsed.decision();
        assertEquals(Rule.FENCE_NOT_RENEWED, fence.rule());
        Situation fenced = Situation.leading().noHold().postgres(stopped(PostgresRole.PRIMARY, "in production", false));
        fenced.memory = fence.memory();
        assertEquals(Rule.ADOPT_LOCK, fenced.decision().rule());
    }

    @Test
    void answersThatTheNextDecisionDidNotNeedAreNotUsedLater() {
        Situation between = Situation.following().asked(Purpose.RACE);
        Situation later = Situation.racing();
        later.memory = between.decision().memory();
        assertEquals(Rule.RACE_ASKS, later.decision().rule());
    }

    @TestFactory
    Stream<DynamicTest> aLockIsKnownByItsLeaseNotByTheName() {
        Situation sameName = Situation.leading();
        sameName.leader = Optional.of(new LeaderLock(A, new LeaseId(78), new Revision(7)));
        Situation olderView = Situation.leading().nobodyLeads();
        olderView.lock = new LockHold(Optional.of(new LeaderLock(A, Situation.LEASE, new Revision(11))),
                Optional.of(LATER));
        return table(
                on("my name on another lease", sameName, Rule.FENCE_NOT_RENEWED, "Fence ForgetLeaderLock"),
                on("a view from before my lock says nothing against it", olderView, Rule.LEADING, ""));
    }
}
