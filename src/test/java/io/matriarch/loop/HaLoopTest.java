package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Rule;
import io.matriarch.ha.Situation;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** One member's loop: rounds, deadlines, what it publishes, and what operators ask of it. */
class HaLoopTest {

    private static final Duration LEASE = Duration.ofMillis(2500);

    private static Loops holding(Situation situation) {
        Loops loops = new Loops(situation.seen());
        loops.keeper.acquired(new LeaderLock(Situation.A, Situation.LEASE, new Revision(5)), loops.keeper.moment(),
                LEASE);
        return loops;
    }

    private static Rule lastRule(Loops loops) {
        return loops.board.read().orElseThrow().decision().orElseThrow().rule();
    }

    @Test
    void aRaceIsAskedDecidedAndWonWithinOneTick() {
        Loops loops = new Loops(Situation.unlocked().seen());
        HaLoop loop = loops.loop();
        loops.dcs.afterWrite = () -> { };
        loop.tick();
        assertEquals(List.of(Rule.RACE_ASKS, Rule.ACQUIRE), rules(loop).subList(0, 2));
        assertEquals(List.of("[b, c] []"), loops.asked.subList(0, 1));
        assertTrue(loops.dcs.calls.stream().anyMatch(c -> c.startsWith("acquireLock")));
    }

    private static List<Rule> rules(HaLoop loop) {
        return loop.journal().entries().stream().map(DecisionJournal.Entry::rule).toList();
    }

    @Test
    void comesBackWhenTheProvenTimeEnds() {
        Loops loops = holding(Situation.leading());
        Tick end = loops.keeper.hold().validUntil().orElseThrow();
        HaLoop loop = loops.loop();
        loops.clock.pass(1500);
        assertEquals(end, loop.tick());
        loops.clock.pass(750);
        loop.tick();
        assertTrue(loops.postgres.calls.contains("fence"));
        assertTrue(rules(loop).contains(Rule.FENCE_NOT_RENEWED), rules(loop).toString());
    }

    @Test
    void neverWaitsLongerThanTheProvenTime() {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        loop.tick();
        assertEquals(Duration.ofSeconds(1), loops.postgres.lastTimeout);
        loops.clock.pass(2000);
        loop.tick();
        assertEquals(Duration.ofMillis(250), loops.postgres.lastTimeout);
    }

    @Test
    void whatMayLeadToARaceIsReadForSure() {
        Loops calm = holding(Situation.leading());
        calm.loop().tick();
        assertFalse(calm.dcs.calls.contains("view 0 within 1000"));
        Loops unlocked = new Loops(Situation.unlocked().seen());
        unlocked.loop().tick();
        assertTrue(unlocked.dcs.calls.contains("view 0 within 1000"));
    }

    @Test
    void aRoundEndsAtTheFirstEffectThatFails() {
        Loops loops = holding(Situation.leading().postgres(Situation.replica()));
        loops.postgres.succeeds = false;
        HaLoop loop = loops.loop();
        loop.tick();
        assertTrue(loops.postgres.calls.contains("arm"));
        assertFalse(loops.postgres.calls.contains("begin promote"));
        DecisionJournal.Entry last = loop.journal().entries().get(loop.journal().entries().size() - 1);
        assertEquals("ArmGuard", last.failed().orElseThrow().getClass().getSimpleName());
    }

    @Test
    void publishesTheMemberOnceAndAgainWhenSomethingChanged() {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        loop.tick();
        loop.tick();
        assertEquals(1, loops.dcs.published.size());
        assertEquals("primary", loops.dcs.published.get(0).role().wire());
        loops.postgres.status = Situation.stopped(io.matriarch.cluster.PostgresRole.PRIMARY, "in production", false);
        loop.tick();
        assertEquals(2, loops.dcs.published.size());
    }

    @Test
    void aMemberKeyThatWasNotWrittenIsTriedAgain() {
        Loops loops = holding(Situation.leading());
        loops.dcs.result = FakeDcs.unknown();
        HaLoop loop = loops.loop();
        loop.tick();
        loop.tick();
        assertEquals(2, loops.dcs.published.size());
    }

    @Test
    void theEndOfAnOperationIsSeenOnce() {
        Loops loops = holding(Situation.leading().postgres(Situation.replica()));
        HaLoop loop = loops.loop();
        loop.tick();
        loops.postgres.end(false);
        loop.tick();
        assertEquals(Rule.PROMOTE_BACKOFF, lastRule(loops));
        assertEquals(Optional.empty(), loops.postgres.task());
    }

    @Test
    void anOrderlyEndStopsReleasesAndExits() {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        loop.shutdown();
        loop.tick();
        assertTrue(loops.postgres.calls.contains("begin demote"), loops.postgres.calls.toString());
        loops.postgres.end(true);
        loops.postgres.status = Situation.stopped(io.matriarch.cluster.PostgresRole.DEMOTED, "shut down", false);
        loop.tick();
        assertTrue(loops.dcs.calls.contains("releaseLock"));
        assertEquals(0, loop.exit().orElseThrow().code());
    }

    @Test
    void aLockThatCannotBeReleasedDoesNotHoldUpTheEnd() {
        Loops loops = holding(Situation.leading()
                .postgres(Situation.stopped(io.matriarch.cluster.PostgresRole.DEMOTED, "shut down", false)));
        loops.dcs.result = FakeDcs.unknown();
        HaLoop loop = loops.loop();
        loop.shutdown();
        loop.tick();
        loop.tick();
        assertTrue(loop.exit().isPresent());
    }

    @Test
    void aRestartIsAnsweredWhenItIsOver() throws Exception {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        CompletableFuture<AgentControl.Reply> reply = ask(loop, () -> loop.control()
                .restart(Duration.ofSeconds(60), Duration.ofSeconds(30)));
        tickUntil(loop, () -> loops.postgres.calls.contains("begin restart"));
        loops.postgres.end(true);
        loop.tick();
        assertEquals(new AgentControl.Reply(true, "restarted successfully"), reply.get(30, TimeUnit.SECONDS));
    }

    @Test
    void aRestartDuringAnotherOperationIsRefused() throws Exception {
        Loops loops = holding(Situation.leading());
        loops.postgres.begin(new Operation.Promote(), loops.clock.now(), () -> true);
        HaLoop loop = loops.loop();
        CompletableFuture<AgentControl.Reply> reply = ask(loop, () -> loop.control()
                .restart(Duration.ofSeconds(60), Duration.ofSeconds(30)));
        tickUntil(loop, reply::isDone);
        assertEquals(new AgentControl.Reply(false, "promote already in progress"), reply.get());
    }

    @Test
    void theLeaderIsNotReinitialized() throws Exception {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        CompletableFuture<AgentControl.Reply> reply = ask(loop, () -> loop.control()
                .reinitialize(false, false, Duration.ofSeconds(30)));
        tickUntil(loop, reply::isDone);
        assertEquals(new AgentControl.Reply(false, "I am the leader, can not reinitialize"), reply.get());
    }

    @Test
    void aReloadReadsTheFileAndIsOver() {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        loop.control().reload();
        loop.tick();
        loop.tick();
        assertEquals(1, loops.reloads);
        assertTrue(loops.postgres.calls.contains("applySettings"));
    }

    @Test
    void aChangeOfTheHoldWakesTheLoop() {
        Loops loops = holding(Situation.leading());
        HaLoop loop = loops.loop();
        AtomicInteger wakes = new AtomicInteger();
        loop.onWake(wakes::incrementAndGet);
        loop.tick();
        loops.keeper.poll(loops.clock.pass(500));
        loops.dcs.renewals.get(0).complete(FakeDcs.rejected());
        assertEquals(1, wakes.get());
    }

    private static CompletableFuture<AgentControl.Reply> ask(HaLoop loop,
                                                             java.util.function.Supplier<AgentControl.Reply> question) {
        CompletableFuture<Void> woken = new CompletableFuture<>();
        loop.onWake(() -> woken.complete(null));
        CompletableFuture<AgentControl.Reply> reply = CompletableFuture.supplyAsync(question);
        woken.orTimeout(30, TimeUnit.SECONDS).join();
        return reply;
    }

    private static void tickUntil(HaLoop loop, java.util.function.BooleanSupplier condition) throws Exception {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            loop.tick();
            TimeUnit.MILLISECONDS.sleep(2);
        }
        assertTrue(condition.getAsBoolean());
    }
}
