package io.matriarch.ha;

import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.NOW;
import static io.matriarch.ha.Situation.replicaAt;
import static io.matriarch.ha.Situation.stopped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A decision may be cut off between any two of its effects; the rounds after it must come to the same end. */
class InterruptedDecisionTest {

    private static final int ROUNDS = 12;

    @TestFactory
    Stream<DynamicTest> everyPrefixComesToTheSameEnd() {
        PostgresStatus down = stopped(PostgresRole.DEMOTED, "shut down", false);
        PostgresStatus dead = stopped(PostgresRole.PRIMARY, "in production", false);
        Map<String, Supplier<Situation>> beginnings = new TreeMap<>();
        beginnings.put("fence", () -> Situation.leading().lockedBy(B));
        beginnings.put("hand over", () -> Situation.leading().failover(Situation.A, B)
                .moving(B, Optional.of(NOW.plus(Duration.ofSeconds(1)))).postgres(down).asked(Purpose.CATCH_UP)
                .answer(B, replicaAt(6000)));
        beginnings.put("promote and clear the request", () -> Situation.leading().postgres(Situation.replica())
                .failover(B, Situation.A));
        beginnings.put("start in place", () -> Situation.leading().postgres(dead));
        beginnings.put("found", () -> {
            Situation s = Situation.nothingYet().postgres(Situation.primary()).ended(new Operation.Bootstrap(), true);
            s.initialize = Optional.of("");
            return s;
        });
        beginnings.put("abandon a switchover", () -> Situation.leading().failover(Situation.A, B)
                .moving(B, Optional.of(NOW.plus(Duration.ofSeconds(-1)))).postgres(down).asked(Purpose.SWITCHOVER));
        beginnings.put("begin a switchover", () -> Situation.leading().failover(Situation.A, B)
                .asked(Purpose.SWITCHOVER).answer(B, replicaAt(5000)));
        beginnings.put("claim and bootstrap", Situation::nothingYet);
        beginnings.put("keys of the primary", () -> {
            Situation s = Situation.leading();
            s.initialize = Optional.empty();
            s.configRevision = Revision.ABSENT;
            s.memory = s.memory.withUpkeep(HaMemory.Upkeep.NONE.withConfig(s.config));
            return s;
        });
        return beginnings.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check(e.getValue())));
    }

    private static void check(Supplier<Situation> beginning) {
        List<Effect> effects = beginning.get().decision().effects();
        assertFalse(effects.isEmpty(), "nothing to interrupt");
        String end = settle(beginning.get());
        for (int done = 0; done < effects.size(); done++) {
            Situation cut = beginning.get();
            Decision decision = cut.decision();
            cut.task = cut.task.filter(LongTaskStatus::isRunning);
            effects.subList(0, done).forEach(effect -> perform(cut, effect));
            cut.memory = decision.memory().interrupted(effects.subList(done, effects.size()));
            assertEquals(end, settle(cut), "cut off before " + effects.get(done));
        }
    }

    /** Decides and performs until nothing is left to do; what is then under way, and who leads, is the end. */
    private static String settle(Situation s) {
        for (int round = 0; round < ROUNDS; round++) {
            Decision decision = s.decision();
            s.task = s.task.filter(LongTaskStatus::isRunning);
            s.memory = decision.memory();
            decision.effects().forEach(effect -> perform(s, effect));
            assertTrue(!s.postgres.mayWrite() || s.lock.isValidAt(s.now) || s.memory.founding(),
                    "may write without a lock after " + decision);
            if (decision.effects().isEmpty()) {
                break;
            }
        }
        String task = s.task.map(t -> t.operation().getClass().getSimpleName()).orElse("nothing");
        return task + " under way, led by " + s.leader.map(l -> l.holder().value()).orElse("nobody") + ", lock held "
                + s.lock.isValidAt(s.now) + ", initialize " + s.initialize + ", config " + s.configRevision.value();
    }

    private static void perform(Situation s, Effect effect) {
        if (effect instanceof Effect.Fence) {
            s.postgres = stopped(PostgresRole.PRIMARY, "in production", false);
        } else if (effect instanceof Effect.ForgetLeaderLock) {
            s.lock = LockHold.NONE;
        } else if (effect instanceof Effect.HandOverLeaderLock e) {
            s.lock = LockHold.NONE;
            s.leader = Optional.of(new LeaderLock(e.to(), new LeaseId(99), new Revision(8)));
            s.failover = Optional.empty();
        } else if (effect instanceof Effect.AcquireLeaderLock) {
            s.leader = Optional.of(new LeaderLock(Situation.A, Situation.LEASE, new Revision(5)));
            s.holding();
        } else if (effect instanceof Effect.WriteInitialize e) {
            s.initialize = Optional.of(e.systemIdentifier());
        } else if (effect instanceof Effect.ClaimInitialize) {
            s.initialize = Optional.of("");
        } else if (effect instanceof Effect.RestoreConfig) {
            s.configRevision = new Revision(7);
        } else if (effect instanceof Effect.ClearFailover) {
            s.failover = Optional.empty();
        } else if (effect instanceof Effect.Begin e) {
            s.task = Optional.of(new LongTaskStatus(e.operation(), s.now, Optional.empty()));
        } else if (effect instanceof Effect.AskPeers e) {
            e.needed().forEach(name -> Optional.ofNullable(s.peers.get(name)).ifPresent(report -> s.peers.put(name,
                    new PeerReport(s.now, report.running(), report.role(), report.position(), report.timeline(),
                            report.watchdogFailed(), report.tags()))));
        }
    }
}
