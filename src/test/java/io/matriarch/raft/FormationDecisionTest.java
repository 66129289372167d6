package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.raft.FormationDecision.Reply;
import io.matriarch.raft.FormationDecision.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When a group is founded, joined or waited for. */
class FormationDecisionTest {

    private static final List<String> LIST = List.of("a:1", "b:1", "c:1");
    private static final UUID FRESH = new UUID(9, 9);
    private static final Charter CHARTER = charter(7, id("a"), id("b"), id("c"));

    @Test
    void aloneWithoutPartnersItFoundsAtOnce() {
        Hello self = hello("a", Stage.EMPTY).list(List.of("a:1")).build();
        Charter charter = assertInstanceOf(Step.Found.class, FormationDecision.decide(self, Map.of(), FRESH)).charter();
        assertEquals(Map.of("a:1", id("a")), charter.members());
        assertEquals(FRESH, charter.formation());
    }

    @Test
    void allEmptyWithTheSameListTheLowestAddressFounds() {
        Charter charter = assertInstanceOf(Step.Found.class, decide(hello("a", Stage.EMPTY), hello("b", Stage.EMPTY),
                hello("c", Stage.EMPTY))).charter();
        assertEquals(Map.of("a:1", id("a"), "b:1", id("b"), "c:1", id("c")), charter.members());
    }

    @Test
    void allEmptyTheOthersWaitForTheLowestAddress() {
        Step.Wait wait = waits(decide(hello("b", Stage.EMPTY), hello("a", Stage.EMPTY), hello("c", Stage.EMPTY)));
        assertEquals(List.of(), wait.missing());
        assertTrue(wait.why().contains("a:1 founds"), wait.why());
    }

    @Test
    void oneMissingOfThreeItWaitsAndNamesIt() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY));
        answers.put("c:1", new Reply.Absent("not reachable"));
        Step.Wait wait = waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, FRESH));
        assertEquals(List.of("c:1"), wait.missing());
        assertTrue(wait.why().contains("c:1 (not reachable)"), wait.why());
    }

    @Test
    void twoWipedOfThreeWithTheThirdAwayNeverFound() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY));
        answers.put("c:1", new Reply.Absent("no answer in time"));
        waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, FRESH));
    }

    @Test
    void twoWipedOfThreeWithTheThirdThereJoinIt() {
        assertInstanceOf(Step.Join.class, decide(hello("a", Stage.EMPTY).id(new UUID(5, 5)),
                hello("b", Stage.EMPTY).id(new UUID(6, 6)), hello("c", Stage.FORMED).charter(CHARTER)));
    }

    @Test
    void aGroupThatExistsIsJoinedEvenWhenOthersAreMissing() {
        Map<String, Reply> answers = answers(hello("b", Stage.FORMED).charter(CHARTER));
        answers.put("c:1", new Reply.Absent("not reachable"));
        assertInstanceOf(Step.Join.class, FormationDecision.decide(hello("a", Stage.EMPTY).id(new UUID(5, 5)).build(),
                answers, FRESH));
    }

    @Test
    void aGroupThatExistsWithAnotherListIsJoined() {
        assertInstanceOf(Step.Join.class, decide(hello("d", Stage.EMPTY).list(List.of("a:1", "d:1")),
                hello("a", Stage.FORMED).charter(CHARTER)));
    }

    @Test
    void otherListsAreAnObstacleThatNamesBoth() {
        Step.Wait wait = waits(decide(hello("a", Stage.EMPTY), hello("b", Stage.EMPTY),
                hello("c", Stage.EMPTY).list(List.of("a:1", "c:1"))));
        assertTrue(wait.why().contains("c:1 lists [a:1, c:1]"), wait.why());
    }

    @Test
    void anAddressThatAnswersUnderAnotherNameIsAnObstacle() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY));
        answers.put("c:1", new Reply.Present(hello("x", Stage.EMPTY).list(LIST).build()));
        assertTrue(waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, FRESH)).why()
                .contains("c:1 answers as x:1"));
    }

    @Test
    void acopiedDataDirectoryIsAnObstacle() {
        assertTrue(waits(decide(hello("a", Stage.EMPTY), hello("b", Stage.EMPTY).id(id("a")),
                hello("c", Stage.EMPTY))).why().contains("copy"));
    }

    @Test
    void afterACrashTheFounderProposesTheSameCharterAgain() {
        Step step = decide(hello("a", Stage.ACCEPTED).charter(CHARTER), hello("b", Stage.ACCEPTED).charter(CHARTER),
                hello("c", Stage.EMPTY));
        assertEquals(CHARTER, assertInstanceOf(Step.Found.class, step).charter());
    }

    @Test
    void aMemberWipedBeforeTheFoundingGetsANewCharter() {
        Step step = decide(hello("a", Stage.ACCEPTED).charter(CHARTER), hello("b", Stage.ACCEPTED).charter(CHARTER),
                hello("c", Stage.EMPTY).id(new UUID(3, 3)));
        Charter next = assertInstanceOf(Step.Found.class, step).charter();
        assertEquals(FRESH, next.formation());
        assertEquals(new UUID(3, 3), next.members().get("c:1"));
    }

    @Test
    void whoMissedTheFoundingAdoptsIt() {
        Step step = decide(hello("c", Stage.ACCEPTED).charter(CHARTER), hello("a", Stage.FORMED).charter(CHARTER),
                hello("b", Stage.ACCEPTED).charter(CHARTER));
        assertEquals(CHARTER, assertInstanceOf(Step.Adopt.class, step).charter());
    }

    @Test
    void whoAcceptedAndWasWipedJoinsInsteadOfAdopting() {
        assertInstanceOf(Step.Join.class, decide(hello("c", Stage.EMPTY).id(new UUID(3, 3)),
                hello("a", Stage.FORMED).charter(CHARTER), hello("b", Stage.FORMED).charter(CHARTER)));
    }

    @Test
    void aPeerThatWasJoiningNeverFoundsAGroup() {
        waits(decide(hello("a", Stage.JOINING), hello("b", Stage.EMPTY), hello("c", Stage.EMPTY)));
    }

    @Test
    void nobodyFoundsAGroupBesideAPeerThatWasJoining() {
        assertTrue(waits(decide(hello("a", Stage.EMPTY), hello("b", Stage.EMPTY), hello("c", Stage.JOINING))).why()
                .contains("c:1 is joining"));
    }

    @Test
    void anEmptyPeerAcceptsACharterThatNamesIt() {
        assertEquals(Optional.empty(), FormationDecision.objection(hello("b", Stage.EMPTY).build(), CHARTER));
    }

    @Test
    void aMemberOfAGroupRefusesAnotherCharter() {
        Hello member = hello("b", Stage.FORMED).charter(CHARTER).build();
        assertTrue(FormationDecision.objection(member, charter(8, id("a"), id("b"), id("c"))).isPresent());
        assertEquals(Optional.empty(), FormationDecision.objection(member, CHARTER));
    }

    @Test
    void aCharterWithAnotherIdentityOrListIsRefused() {
        assertTrue(FormationDecision.objection(hello("b", Stage.EMPTY).id(new UUID(3, 3)).build(), CHARTER).isPresent());
        assertTrue(FormationDecision.objection(hello("b", Stage.EMPTY).list(List.of("a:1", "b:1")).build(), CHARTER)
                .isPresent());
        assertTrue(FormationDecision.objection(hello("b", Stage.JOINING).build(), CHARTER).isPresent());
    }

    private static Step decide(Builder self, Builder... others) {
        return FormationDecision.decide(self.build(), answers(others), FRESH);
    }

    private static Map<String, Reply> answers(Builder... others) {
        Map<String, Reply> answers = new HashMap<>();
        for (Builder other : others) {
            answers.put(other.address, new Reply.Present(other.build()));
        }
        return answers;
    }

    private static Step.Wait waits(Step step) {
        return assertInstanceOf(Step.Wait.class, step);
    }

    private static UUID id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static Charter charter(long number, UUID a, UUID b, UUID c) {
        return Charter.of(new UUID(0, number), Map.of(new HostPort("a", 1), a, new HostPort("b", 1), b,
                new HostPort("c", 1), c));
    }

    private static Builder hello(String name, Stage stage) {
        return new Builder(name, stage);
    }

    private static final class Builder {
        private final String address;
        private final Stage stage;
        private UUID id;
        private SortedSet<String> list = new TreeSet<>(LIST);
        private Optional<Charter> charter = Optional.empty();

        Builder(String name, Stage stage) {
            this.address = name + ":1";
            this.stage = stage;
            this.id = FormationDecisionTest.id(name);
        }

        Builder id(UUID other) {
            id = other;
            return this;
        }

        Builder list(List<String> other) {
            list = new TreeSet<>(other);
            return this;
        }

        Builder charter(Charter agreed) {
            charter = Optional.of(agreed);
            return this;
        }

        Hello build() {
            return new Hello(id, HostPort.parse(address, 0), list, stage, charter, new TreeSet<>(), false);
        }
    }
}
