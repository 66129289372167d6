package io.matriarch.ha;

import static io.matriarch.ha.Situation.A;
import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.C;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Leading on without the store, and what those who agree to it may not do meanwhile. */
class FailsafeTest {

    private static final Tick LATER = Situation.NOW.plus(Duration.ofSeconds(10));
    private static final Map<String, String> ALL = Map.of("a", "http://host-a:8008/patroni", "b", "http://host-b:8008/patroni",
            "c", "http://host-c:8008/patroni");

    private static Situation on(Situation s) {
        HaSettings h = s.settings;
        s.settings = new HaSettings(h.me(), h.loopWait(), h.ttl(), h.retryTimeout(), h.ttl(), h.maximumLagOnFailover(),
                h.primaryStartTimeout(), h.pgCtlTimeout(), h.checkTimeline(), h.useSlots(), h.mayBootstrap(), h.nofailover(),
                h.failoverPriority(), h.nostream(), h.replicatefrom(), h.initialConfig(), h.sync(), true);
        s.failsafe = ALL;
        return s;
    }

    private static Situation promisedByAll(Situation s) {
        s.lock = new LockHold(s.lock.lock(), s.lock.validUntil(), Optional.empty(), Optional.of(LATER));
        return s;
    }

    private static Situation promising(Situation s, Optional<MemberName> to) {
        s.intent = s.intent.withPromise(Optional.of(new OperatorIntent.Promise(to)));
        return s;
    }

    private static List<Class<?>> effects(Decision decision) {
        return decision.effects().stream().<Class<?>>map(Object::getClass).toList();
    }

    @Test
    void theListIsWrittenOnceItDiffersAndOnlyInThisMode() {
        Situation missing = on(Situation.leading());
        missing.failsafe = Map.of("a", "http://host-a:8008/patroni");
        assertEquals(List.of(new Effect.WriteFailsafe(ALL)), missing.decision().effects());
        assertEquals(List.of(), on(Situation.leading()).decision().effects());
        assertEquals(List.of(), Situation.leading().decision().effects());
    }

    @Test
    void withoutTheStoreThePrimaryLeadsOnByThePromiseOfAll() {
        Decision decision = promisedByAll(on(Situation.leading()).storeSilent()).decision();
        assertEquals(Rule.FAILSAFE, decision.rule());
        assertEquals("continue to run as a leader because failsafe mode is enabled and all members are accessible", decision.reason());
        assertEquals(List.of(), decision.effects());
    }

    @Test
    void theLockThatEndedMeanwhileIsTakenAnewInPlace() {
        Situation back = promisedByAll(on(Situation.leading()).nobodyLeads());
        Decision decision = back.decision();
        assertEquals(Rule.ACQUIRE_IN_PLACE, decision.rule());
        assertEquals(List.of(Effect.AcquireLeaderLock.class), effects(decision));
        back.lock = new LockHold(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(LATER));
        assertEquals(Rule.ACQUIRE_IN_PLACE, back.decision().rule(), "also when its renewal was refused");
    }

    @Test
    void aPromiseThatIsOverOrAnotherHolderEndsIt() {
        Situation over = promisedByAll(on(Situation.leading()).nobodyLeads());
        over.lock = new LockHold(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(Situation.NOW));
        assertTrue(effects(over.decision()).contains(Effect.Fence.class));
        assertTrue(effects(promisedByAll(on(Situation.leading()).lockedBy(B)).decision()).contains(Effect.Fence.class));
    }

    @Test
    void whoHasPromisedDoesNotRace() {
        assertEquals(Rule.ACQUIRE, on(Situation.racing()).decision().rule());
        Decision kept = promising(on(Situation.racing()), Optional.of(B)).decision();
        assertEquals(Rule.FAILSAFE_PROMISED, kept.rule());
        assertEquals("no action. I am (a), a secondary, and following a leader (b)", kept.reason());
    }

    @Test
    void whoIsNotOnTheListDoesNotRace() {
        Situation stranger = on(Situation.racing());
        stranger.failsafe = Map.of("b", "http://b", "c", "http://c");
        assertEquals(Rule.RACE_NOT_ALLOWED, stranger.decision().rule());
    }

    @Test
    void aNewAgentRacesOnlyWhenEverybodyOnTheListHasAnswered() {
        Situation fresh = promising(on(Situation.racing()), Optional.empty());
        assertEquals(Rule.FAILSAFE_PROMISED, fresh.decision().rule());
        assertEquals(Rule.ACQUIRE, fresh.answer(B, Situation.replicaAt(5000)).decision().rule());
    }

    @Test
    void whoHasPromisedIsNotCutForAnother() {
        Situation asked = promising(on(Situation.following().lockedBy(C)), Optional.of(B));
        asked.intent = new OperatorIntent(false, Optional.empty(), Optional.empty(), false,
                Optional.of(new OperatorIntent.CutRequest(new Revision(6), C)), asked.intent.promise());
        assertEquals(Optional.of("this member has promised its vote to b, which leads without the store"), CutRules.refusal(asked.seen()));
        asked.intent = asked.intent.withPromise(Optional.empty());
        assertEquals(Optional.empty(), CutRules.refusal(asked.seen()));
        assertEquals(PostgresRole.REPLICA, asked.postgres.role());
        assertEquals(Optional.of(new LeaderLock(C, new io.matriarch.cluster.LeaseId(88), new Revision(6))), asked.leader);
        assertEquals(A, asked.settings.me());
    }
}
