package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport.Refusal;
import io.matriarch.raft.GroupFacts.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which changes of a group are allowed. Peer 1 leads. */
class ChangeRulesTest {

    private static HostPort at(int i) {
        return new HostPort("10.0.0." + i, 2380);
    }

    /** @param silent the voters that do not answer */
    private static GroupFacts voters(int count, Integer... silent) {
        List<Place> places = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            places.add(new Place(at(i), true, i == 1, List.of(silent).contains(i) ? 9_000 : 10, 0));
        }
        return new GroupFacts(places, Map.of());
    }

    private static GroupFacts withListener(GroupFacts facts, int i, long silentMillis, long missing) {
        List<Place> places = new ArrayList<>(facts.places());
        places.add(new Place(at(i), false, false, silentMillis, missing));
        return new GroupFacts(places, Map.of());
    }

    private static Refusal refusal(GroupChange change, GroupFacts facts) {
        ChangeReport report = ChangeRules.judge(change, facts);
        assertEquals(report.kind() == Refusal.NONE, report.refusal().isEmpty());
        return report.kind();
    }

    @Test
    void aFourthVoterIsWarnedOf() {
        ChangeReport report = ChangeRules.judge(new GroupChange.Add(at(4), false), voters(3));
        assertEquals(Refusal.NONE, report.kind());
        assertEquals(List.of(2, 3, 1, 1), List.of(report.before().quorum(), report.after().quorum(),
                report.before().mayFail(), report.after().mayFail()));
        assertTrue(report.warnings().get(0).startsWith("an even number of voters (4)"), report.warnings().toString());
    }

    @Test
    void aListenerChangesNoQuorumAndNeedsNoWarning() {
        ChangeReport report = ChangeRules.judge(new GroupChange.Add(at(4), true), voters(3));
        assertEquals(report.before().voters(), report.after().voters());
        assertEquals(List.of(at(4)), report.after().listeners());
        assertEquals(List.of(), report.warnings());
    }

    @Test
    void whoIsThereAlreadyIsNotAdded() {
        assertEquals(Refusal.KNOWN_PEER, refusal(new GroupChange.Add(at(2), false), voters(3)));
        assertEquals(Refusal.KNOWN_PEER, refusal(new GroupChange.Expect(at(4), false),
                new GroupFacts(voters(3).places(), Map.of(at(4), false))));
    }

    @Test
    void removingADeadVoterOfThreeIsAllowed() {
        ChangeReport report = ChangeRules.judge(new GroupChange.Remove(at(3)), voters(3, 3));
        assertEquals(Refusal.NONE, report.kind());
        assertEquals(0, report.after().mayFail());
    }

    @Test
    void removingALivingVoterBesideADeadOneWouldLoseTheQuorum() {
        ChangeReport report = ChangeRules.judge(new GroupChange.Remove(at(2)), voters(3, 3));
        assertEquals(Refusal.QUORUM, report.kind());
        assertTrue(report.refusal().contains("of the 2 voters that would be left 1 answers, and 2 must (silent: 10.0.0.3:2380)"),
                report.refusal());
        assertEquals(report.before(), report.after());
    }

    @Test
    void theLastVoterStays() {
        assertEquals(Refusal.QUORUM, refusal(new GroupChange.Remove(at(1)), voters(1)));
        assertEquals(Refusal.QUORUM, refusal(new GroupChange.Demote(at(1)), voters(1)));
    }

    @Test
    void aListenerIsRemovedWhateverTheVotersDo() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Remove(at(4)), withListener(voters(3, 3), 4, 9_000, 0)));
    }

    @Test
    void unknownPeers() {
        for (GroupChange change : List.of(new GroupChange.Remove(at(9)), new GroupChange.Promote(at(9)),
                new GroupChange.Replace(at(9), at(4)), new GroupChange.Demote(at(9)),
                new GroupChange.Transfer(Optional.of(at(9))))) {
            ChangeReport report = ChangeRules.judge(change, voters(3));
            assertEquals(Refusal.UNKNOWN_PEER, report.kind());
            assertTrue(report.refusal().contains("10.0.0.1:2380, 10.0.0.2:2380, 10.0.0.3:2380"), report.refusal());
        }
    }

    @Test
    void whatIsExpectedCanBeTakenBack() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Remove(at(4)), new GroupFacts(voters(3).places(),
                Map.of(at(4), false))));
    }

    @Test
    void aDeadVoterIsReplaced() {
        ChangeReport report = ChangeRules.judge(new GroupChange.Replace(at(3), at(4)), voters(3, 3));
        assertEquals(List.of(at(1), at(2), at(4)), report.after().voters());
        assertEquals(1, report.after().mayFail());
        assertEquals(List.of(), report.warnings());
    }

    @Test
    void oneOfTwoDeadVotersOfFiveIsReplaced() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Replace(at(5), at(6)), voters(5, 4, 5)));
    }

    @Test
    void nobodyReplacesItself() {
        assertEquals(Refusal.KNOWN_PEER, refusal(new GroupChange.Replace(at(3), at(3)), voters(3, 3)));
    }

    @Test
    void onlyAListenerThatKeepsUpIsPromoted() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Promote(at(4)), withListener(voters(3), 4, 10, 5)));
        assertEquals(Refusal.BEHIND, refusal(new GroupChange.Promote(at(4)), withListener(voters(3), 4, 10, 5_000)));
        assertEquals(Refusal.UNREACHABLE, refusal(new GroupChange.Promote(at(4)), withListener(voters(3), 4, 9_000, 0)));
        assertEquals(Refusal.NOT_A_LISTENER, refusal(new GroupChange.Promote(at(2)), voters(3)));
    }

    @Test
    void twoOfThreeMayHandInTheirVotes() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Demote(at(3)), voters(3)));
        assertEquals(Refusal.NONE, refusal(new GroupChange.Demote(at(2)), withListener(voters(2), 3, 9_000, 0)));
        assertEquals(Refusal.QUORUM, refusal(new GroupChange.Demote(at(2)), voters(3, 3)));
    }

    @Test
    void onlyAVoterThatAnswersCanLead() {
        assertEquals(Refusal.NONE, refusal(new GroupChange.Transfer(Optional.of(at(2))), voters(3)));
        assertEquals(Refusal.UNREACHABLE, refusal(new GroupChange.Transfer(Optional.of(at(3))), voters(3, 3)));
        assertEquals(Refusal.NOT_A_LISTENER, refusal(new GroupChange.Transfer(Optional.of(at(4))),
                withListener(voters(3), 4, 10, 0)));
        assertEquals(Refusal.UNREACHABLE, refusal(new GroupChange.Transfer(Optional.empty()), voters(2, 2)));
    }
}
