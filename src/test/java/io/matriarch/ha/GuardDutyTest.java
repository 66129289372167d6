package io.matriarch.ha;

import static io.matriarch.ha.Situation.A;
import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.NOW;
import static io.matriarch.ha.Situation.replica;
import static io.matriarch.ha.Situation.replicaAt;
import static io.matriarch.ha.Situation.report;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Member;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** When the guard is put on watch and taken off, and what follows when it cannot be. */
class GuardDutyTest {

    private static final GuardState UNDER_THE_LOCK = GuardState.armed(new Revision(5));
    private static final GuardState UNDER_ANOTHER = GuardState.armed(new Revision(4));
    private static final String TROUBLE = "Watchdog device is not usable: cannot write to /dev/watchdog";

    private static Situation under(GuardState guard, Situation situation) {
        situation.postgres = situation.postgres.withGuard(guard);
        return situation;
    }

    private static DynamicTest on(String name, GuardState guard, Situation situation, String effects) {
        return DynamicTest.dynamicTest(name, () -> {
            Decision decision = under(guard, situation).decision();
            assertEquals(effects, DeciderTest.told(decision), decision.rule() + ": " + decision.reason());
        });
    }

    @TestFactory
    Stream<DynamicTest> aPrimaryUnderALockIsWatched() {
        return Stream.of(
                on("no guard is used", GuardState.NONE, Situation.leading(), ""),
                on("it watches under this lock", UNDER_THE_LOCK, Situation.leading(), ""),
                on("it watches under an earlier lock", UNDER_ANOTHER, Situation.leading(), "ArmGuard"),
                on("founded, and the first lock is there", GuardState.OFF, Situation.leading(), "ArmGuard"),
                on("it is gone", GuardState.LOST, Situation.leading(), "ArmGuard"),
                on("it obeys an agent before this one", GuardState.UNKNOWN, Situation.leading(), "ArmGuard"),
                on("the lock is lost: the fence is enough", GuardState.OFF, Situation.leading().holdingUntil(NOW),
                        "Fence ForgetLeaderLock"),
                on("an adopted server, before the renewal counts", GuardState.UNKNOWN, Situation.agentBack(),
                        "ArmGuard AdoptLeaderLock"),
                on("a promotion arms by itself", GuardState.OFF, Situation.leading().postgres(replica()),
                        "ArmGuard BeginPromote"));
    }

    @TestFactory
    Stream<DynamicTest> aReplicaIsNot() {
        return Stream.of(
                on("its guard is off", GuardState.OFF, Situation.following(), ""),
                on("its guard is gone", GuardState.LOST, Situation.following(), ""),
                on("armed for a promotion that did not come", UNDER_THE_LOCK, Situation.following(), "DisarmGuard"),
                on("perhaps armed by an agent before", GuardState.UNKNOWN, Situation.following(), "DisarmGuard"));
    }

    @TestFactory
    Stream<DynamicTest> nobodyIsInAPause() {
        return Stream.of(
                on("the holder", UNDER_THE_LOCK, Situation.leading().pausedCluster(), "DisarmGuard"),
                on("the holder, off already", GuardState.OFF, Situation.leading().pausedCluster(), ""),
                on("an agent that came back in the pause", GuardState.UNKNOWN, Situation.agentBack().pausedCluster(),
                        "DisarmGuard AdoptLeaderLock"),
                on("an agent that ends in the pause", UNDER_THE_LOCK, Situation.leading().pausedCluster()
                        .intent(true, false), "DisarmGuard Exit"),
                on("after the resume", GuardState.OFF, resumed(), "ArmGuard"));
    }

    private static Situation resumed() {
        Situation s = Situation.leading();
        s.memory = s.memory.withPaused(true);
        return s;
    }

    @Test
    void aGuardThatRefusesAPromotionCountsAsAFailedOne() {
        Situation candidate = under(GuardState.OFF, Situation.leading().postgres(replica()));
        Decision decision = candidate.decision();
        HaMemory refused = decision.memory().interrupted(decision.effects());
        assertEquals(1, refused.backoff().failures());
        candidate.memory = refused.interrupted(decision.effects());
        assertEquals(Rule.GIVE_UP_ASKS, candidate.decision().rule(), "another member gets its chance");
        assertEquals(0, decision.memory().interrupted(List.of()).backoff().failures());
    }

    @Test
    void anAdoptionThatTheGuardDelayedIsTriedAgain() {
        Situation back = under(GuardState.UNKNOWN, Situation.agentBack());
        Decision decision = back.decision();
        back.memory = decision.memory().interrupted(decision.effects());
        assertEquals(Rule.ADOPT_LOCK, back.decision().rule());
    }

    @Test
    void withoutItsRequiredWatchdogAMemberNeitherRacesNorFounds() {
        Situation racing = under(GuardState.OFF.withTrouble(Optional.of(TROUBLE)), Situation.racing());
        assertEquals(Rule.RACE_NOT_HEALTHIEST, racing.decision().rule());
        assertTrue(racing.decision().notes().contains(Decision.Note.warning(TROUBLE)));
        Situation founding = under(GuardState.NONE.withTrouble(Optional.of(TROUBLE)), Situation.nothingYet());
        assertEquals(Rule.WAIT_FOR_FOUNDER, founding.decision().rule());
    }

    @Test
    void aFormerLeaderThatSaidItIsPausedIsHeardBeforeARace() {
        Situation racing = lastWordOfB(Situation.racing(), true);
        assertEquals(Rule.RACE_AWAITS_RESUME, racing.decision().rule());
        assertEquals(Rule.ACQUIRE, lastWordOfB(Situation.racing(), false).decision().rule());
        Situation heard = lastWordOfB(Situation.racing(), true).answer(B, replicaAt(5000));
        assertEquals(Rule.ACQUIRE, heard.decision().rule());
        Situation alive = lastWordOfB(Situation.racing(), true).answer(B, report(PostgresRole.PRIMARY, 5000, 1, Map.of()));
        assertEquals(Rule.RACE_NOT_HEALTHIEST, alive.decision().rule());
        Situation named = lastWordOfB(Situation.racing(), true).failover(null, A);
        assertEquals(Rule.ACQUIRE, named.decision().rule(), "the operator knows better");
    }

    private static Situation lastWordOfB(Situation situation, boolean paused) {
        MemberName b = B;
        MemberRecord r = situation.members.get(b).record();
        situation.members.put(b, new Member(b, new Revision(4), new MemberRecord(r.connUrl(), r.apiUrl(), r.state(), r.role(),
                r.version(), r.xlogLocation(), r.receiveLsn(), r.replayLsn(), r.replicationState(), r.timeline(), paused,
                r.tags(), r.extra())));
        return situation;
    }
}
