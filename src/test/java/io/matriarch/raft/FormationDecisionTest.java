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
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When a group is founded, joined or waited for. */
class FormationDecisionTest {

    private static final List<String> LIST = List.of("a:1", "b:1", "c:1");
    private static final UUID FRESH = new UUID(9, 9);
    private static final Charter CHARTER = charter(7, id("a"), id("b"), id("c"));
    private static final Map<String, UUID> SEEN = Map.of("a:1", id("a"), "c:1", id("c"));

    @Test
    void aloneWithoutPartnersItFoundsAtOnce() {
        Hello self = hello("a", Stage.EMPTY).list(List.of("a:1")).build();
        Charter charter = assertInstanceOf(Step.Found.class, FormationDecision.decide(self, Map.of(), Set.of(), FRESH)).charter();
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
        Step.Wait wait = waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, Set.of(), FRESH));
        assertEquals(List.of("c:1"), wait.missing());
        assertTrue(wait.why().contains("c:1 (not reachable)"), wait.why());
    }

    @Test
    void twoWipedOfThreeWithTheThirdAwayNeverFound() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY));
        answers.put("c:1", new Reply.Absent("no answer in time"));
        waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, Set.of(), FRESH));
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
                answers, Set.of(), FRESH));
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
        assertTrue(waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, Set.of(), FRESH)).why()
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
        assertEquals(Optional.empty(), objection(hello("b", Stage.EMPTY), CHARTER));
    }

    @Test
    void aMemberOfAGroupRefusesAnotherCharter() {
        Builder member = hello("b", Stage.FORMED).charter(CHARTER);
        assertTrue(objection(member, charter(8, id("a"), id("b"), id("c"))).isPresent());
        assertEquals(Optional.empty(), objection(member, CHARTER));
    }

    @Test
    void aCharterWithAnotherIdentityOrListIsRefused() {
        assertTrue(objection(hello("b", Stage.EMPTY).id(new UUID(3, 3)), CHARTER).isPresent());
        assertTrue(objection(hello("b", Stage.EMPTY).list(List.of("a:1", "b:1")), CHARTER).isPresent());
        assertTrue(objection(hello("b", Stage.JOINING), CHARTER).isPresent());
        assertTrue(objection(hello("b", Stage.REMOVED), CHARTER).isPresent());
    }

    @Test
    void aCharterIsAcceptedOnlyFromWhoAnswersAtItsAddress() {
        Map<String, UUID> other = Map.of("a:1", new UUID(5, 5), "c:1", id("c"));
        assertTrue(FormationDecision.objection(hello("b", Stage.EMPTY).build(), CHARTER, Set.of(), other).orElseThrow()
                .contains("a:1"));
        assertTrue(FormationDecision.objection(hello("b", Stage.EMPTY).build(), CHARTER, Set.of(),
                Map.of("a:1", id("a"))).orElseThrow().contains("c:1"));
    }

    @Test
    void twoPeersUnderOneAddressDoNotFound() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY), hello("c", Stage.EMPTY));
        answers.put("a:1", new Reply.Present(hello("a", Stage.EMPTY).id(new UUID(5, 5)).build()));
        assertTrue(waits(FormationDecision.decide(hello("a", Stage.EMPTY).build(), answers, Set.of(), FRESH)).why()
                .contains("another peer answers at a:1"));
    }

    @Test
    void aCopiedConfigurationDoesNotJoin() {
        Map<String, Reply> answers = answers(hello("b", Stage.FORMED).charter(CHARTER));
        answers.put("a:1", new Reply.Present(hello("a", Stage.FORMED).charter(CHARTER).build()));
        waits(FormationDecision.decide(hello("a", Stage.EMPTY).id(new UUID(5, 5)).build(), answers, Set.of(), FRESH));
    }

    @Test
    void nobodyFoundsAGroupBesideAPeerThatWasRemovedFromOne() {
        assertTrue(waits(decide(hello("a", Stage.EMPTY), hello("b", Stage.EMPTY), hello("c", Stage.REMOVED))).why()
                .contains("c:1 was removed"));
    }

    @Test
    void anOperatorExcusesAnAddressFromAnswering() {
        Map<String, Reply> answers = answers(hello("b", Stage.EMPTY));
        answers.put("c:1", new Reply.Absent("not reachable"));
        Charter charter = assertInstanceOf(Step.Found.class, FormationDecision.decide(hello("a", Stage.EMPTY).build(),
                answers, Set.of("c:1"), FRESH)).charter();
        assertEquals(Set.of("a:1", "b:1"), charter.members().keySet());
    }

    @Test
    void theLowestAddressThatIsNotExcusedFounds() {
        Map<String, Reply> answers = answers(hello("c", Stage.EMPTY));
        answers.put("a:1", new Reply.Absent("not reachable"));
        assertInstanceOf(Step.Found.class, FormationDecision.decide(hello("b", Stage.EMPTY).build(), answers,
                Set.of("a:1"), FRESH));
    }

    @Test
    void anExcusedAddressThatHasAGroupIsJoined() {
        assertInstanceOf(Step.Join.class, FormationDecision.decide(hello("a", Stage.EMPTY).id(new UUID(5, 5)).build(),
                answers(hello("b", Stage.EMPTY), hello("c", Stage.FORMED).charter(CHARTER)), Set.of("c:1"), FRESH));
    }

    @Test
    void aSmallerCharterIsAcceptedOnlyByWhoHeardTheOperator() {
        Charter two = Charter.of(FRESH, Map.of(new HostPort("a", 1), id("a"), new HostPort("b", 1), id("b")));
        assertTrue(objection(hello("b", Stage.EMPTY), two).orElseThrow().contains("lists other addresses"));
        assertEquals(Optional.empty(), FormationDecision.objection(hello("b", Stage.EMPTY).build(), two,
                Set.of("c:1"), SEEN));
        assertEquals(Optional.empty(), FormationDecision.objection(hello("b", Stage.EMPTY).build(), CHARTER,
                Set.of("c:1"), SEEN));
    }

    @Test
    void whoMayBeExcused() {
        assertEquals(Optional.empty(), excuse(Stage.EMPTY, "c:1"));
        assertEquals(Optional.empty(), excuse(Stage.ACCEPTED, "c:1"));
        assertTrue(excuse(Stage.EMPTY, "b:1", "c:1").orElseThrow().contains("majority"));
        assertTrue(excuse(Stage.EMPTY, "a:1").orElseThrow().contains("only other addresses"));
        assertTrue(excuse(Stage.EMPTY, "x:1").orElseThrow().contains("only other addresses"));
        assertTrue(excuse(Stage.FORMED, "c:1").orElseThrow().contains("belongs to a group"));
        assertTrue(excuse(Stage.JOINING, "c:1").isPresent());
    }

    private static Optional<String> excuse(Stage stage, String... addresses) {
        return FormationDecision.objectionToLeaveOut(hello("a", stage).build(), Set.of(addresses));
    }

    private static Optional<String> objection(Builder self, Charter charter) {
        return FormationDecision.objection(self.build(), charter, Set.of(), SEEN);
    }

    private static Step decide(Builder self, Builder... others) {
        return FormationDecision.decide(self.build(), answers(others), Set.of(), FRESH);
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
