package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.raft.Proposer.Fate;
import io.matriarch.raft.Proposer.Lane;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a call finds the Raft leader, and that it stays one call. */
class ProposerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Answer DONE = new Answer.Done(42, StoreMachine.Reply.of(new Result.BarrierResult(7)).encode());

    private final Threads threads = new Threads();
    private final Map<String, Fake> targets = new LinkedHashMap<>();
    private Optional<Target> leader = Optional.empty();
    private final Route route = new Route() {
        @Override
        public Optional<Target> leader() {
            return leader;
        }

        @Override
        public List<Target> all() {
            return List.copyOf(targets.values());
        }

        @Override
        public Target at(HostPort address) {
            return targets.get(address.host());
        }
    };
    private final Proposer proposer = new Proposer(route, threads.timer(), threads.replies());

    @AfterEach
    void stop() {
        threads.close();
    }

    @Test
    void theKnownLeaderIsAskedFirst() {
        Fake a = target("a", call -> now(new Answer.NotLeader(Optional.empty())));
        leader = Optional.of(target("b", call -> now(DONE)));
        assertEquals(42, committed(propose(PATIENCE)).index());
        assertEquals(0, a.calls.size());
    }

    @Test
    void aRedirectionIsFollowed() {
        Fake a = target("a", call -> now(new Answer.NotLeader(Optional.of(new HostPort("c", 1)))));
        Fake b = target("b", call -> now(new Answer.NotLeader(Optional.empty())));
        target("c", call -> now(DONE));
        committed(propose(PATIENCE));
        assertEquals(1, a.calls.size());
        assertEquals(0, b.calls.size());
    }

    @Test
    void aSilentLeaderIsLeftForAnotherPeerWithTheSameCall() {
        Fake a = target("a", call -> new CompletableFuture<>());
        Fake b = target("b", call -> now(DONE));
        leader = Optional.of(a);
        committed(propose(PATIENCE));
        assertEquals(List.of(a.calls.get(0).number()), b.calls.stream().map(Call::number).toList());
        assertEquals(a.calls.get(0).client(), b.calls.get(0).client());
    }

    @Test
    void aLateAnswerOfAnEarlierAttemptCounts() {
        CompletableFuture<Answer> late = new CompletableFuture<>();
        target("a", call -> late);
        target("b", call -> {
            late.complete(DONE);
            return new CompletableFuture<>();
        });
        committed(propose(PATIENCE));
    }

    @Test
    void anElectionIsSurvived() {
        List<Integer> asked = new CopyOnWriteArrayList<>();
        target("a", call -> {
            asked.add(1);
            return now(asked.size() < 12 ? new Answer.NotLeader(Optional.empty()) : DONE);
        });
        target("b", call -> now(new Answer.NotReady("electing")));
        committed(propose(PATIENCE));
    }

    @Test
    void withoutAnyAnswerTheFateIsUnknownAndSaysWhy() {
        target("a", call -> now(new Answer.Failed("not reachable")));
        Fate.Lost lost = assertInstanceOf(Fate.Lost.class, propose(Duration.ofMillis(300)).join());
        assertTrue(lost.why().contains("a:1: not reachable"), lost.why());
    }

    @Test
    void anUrgentCallPassesThoseThatAreStuck() {
        target("a", call -> call.command().length == 1 ? now(DONE) : new CompletableFuture<>());
        List<CompletableFuture<Fate>> stuck = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            stuck.add(proposer.propose(new byte[2], Duration.ofSeconds(3), Lane.ORDINARY));
        }
        committed(proposer.propose(new byte[1], PATIENCE, Lane.URGENT));
        assertTrue(stuck.stream().noneMatch(CompletableFuture::isDone));
    }

    @Test
    void ordinaryCallsAreBoundedAndFollowEachOther() {
        List<CompletableFuture<Answer>> open = new CopyOnWriteArrayList<>();
        target("a", call -> {
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            open.add(answer);
            return answer;
        });
        List<CompletableFuture<Fate>> fates = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            fates.add(proposer.propose(new byte[2], PATIENCE, Lane.ORDINARY));
        }
        assertEquals(16, open.size());
        for (int i = 0; i < 40; i++) {
            int index = i;
            TestPeers.await("call " + i, () -> open.size() > index);
            open.get(i).complete(DONE);
        }
        fates.forEach(ProposerTest::committed);
    }

    @Test
    void aCallThatMayNotBeSentAgainGivesItsPlaceToOneThatMay() {
        target("a", call -> call.command().length == 1 ? now(DONE) : now(new Answer.NotReady("frozen")));
        try (Proposer impatient = new Proposer(route, threads.timer(), threads.replies(), Duration.ofMillis(200))) {
            List<CompletableFuture<Fate>> stuck = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                stuck.add(impatient.propose(new byte[2], Duration.ofMinutes(10), Lane.ORDINARY));
            }
            committed(impatient.propose(new byte[1], PATIENCE, Lane.ORDINARY));
            stuck.forEach(fate -> assertTrue(assertInstanceOf(Fate.Lost.class, fate.join()).why().contains("frozen")));
        }
    }

    @Test
    void aCallThatWaitedLongForItsPlaceIsStillSent() {
        List<CompletableFuture<Answer>> open = new CopyOnWriteArrayList<>();
        target("a", call -> {
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            open.add(answer);
            return call.command().length == 1 ? now(DONE) : answer;
        });
        try (Proposer impatient = new Proposer(route, threads.timer(), threads.replies(), Duration.ofMillis(400))) {
            for (int i = 0; i < 16; i++) {
                impatient.propose(new byte[2], PATIENCE, Lane.ORDINARY);
            }
            CompletableFuture<Fate> waiting = impatient.propose(new byte[1], PATIENCE, Lane.ORDINARY);
            committed(waiting);
            assertTrue(open.size() > 16, "it was sent after the window of the others");
        }
    }

    @Test
    void aClosedProposerKnowsNothing() {
        proposer.close();
        assertInstanceOf(Fate.Lost.class, propose(PATIENCE).join());
    }

    private CompletableFuture<Fate> propose(Duration timeout) {
        return proposer.propose(new byte[] {1}, timeout, Lane.ORDINARY);
    }

    private static Fate.Committed committed(CompletableFuture<Fate> fate) {
        return assertInstanceOf(Fate.Committed.class, fate.join());
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private Fake target(String name, Function<Call, CompletableFuture<Answer>> behaviour) {
        Fake fake = new Fake(new HostPort(name, 1), behaviour, new CopyOnWriteArrayList<>());
        targets.put(name, fake);
        return fake;
    }

    private record Fake(HostPort address, Function<Call, CompletableFuture<Answer>> behaviour, List<Call> calls)
            implements Target {

        @Override
        public CompletableFuture<Answer> propose(Call call, Duration timeout) {
            calls.add(call);
            return behaviour.apply(call);
        }
    }
}
