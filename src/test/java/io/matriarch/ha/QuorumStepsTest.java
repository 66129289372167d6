package io.matriarch.ha;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.MemberName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumStepsTest {

    /** Members are single letters; {@code -} is nobody. */
    @ParameterizedTest(name = "{0} {1} {2} | {3} {4} | confirmed {5} active {6} wanted {7} me {8}")
    @CsvSource(delimiter = '|', textBlock = """
            a | 0 | -   | 0 | -   | 0 | bc  | 1 | a | S 1 bc; again
            a | 0 | -   | 1 | bc  | 0 | bc  | 1 | a | again
            a | 0 | -   | 1 | bc  | 1 | bc  | 1 | a | Q a 1 bc
            a | 0 | -   | 2 | bc  | 1 | bc  | 2 | a | Q a 1 bc
            a | 1 | bc  | 1 | bc  | 1 | bc  | 1 | a | -
            a | 1 | bc  | 1 | bc  | 1 | b   | 1 | a | S 1 b; Q a 0 b
            a | 1 | bc  | 1 | b   | 1 | b   | 1 | a | Q a 0 b
            a | 1 | bc  | 1 | bc  | 0 | -   | 1 | a | Q a 0 -; S 0 -
            a | 2 | bcd | 1 | bcd | 1 | b   | 1 | a | S 1 b; Q a 0 b
            a | 0 | bc  | 2 | bc  | 1 | b   | 2 | a | Q a 0 b; S 1 b
            a | 1 | bc  | 1 | bc  | 2 | bcd | 1 | a | Q a 2 bcd; S 1 bcd
            a | 0 | b   | 1 | b   | 1 | bc  | 2 | a | S 2 bc; Q a 1 bc
            a | 1 | bc  | 1 | bc  | 2 | bc  | 2 | a | S 2 bc; Q a 0 bc
            a | 0 | bc  | 2 | bc  | 2 | bc  | 1 | a | Q a 1 bc; S 1 bc
            a | 1 | bc  | 1 | ac  | 0 | c   | 1 | b | Q b 1 ac; S 1 c; Q b 0 c
            a | 1 | bc  | 1 | ac  | 0 | -   | 1 | b | Q b 1 ac
            a | 0 | b   | 1 | c   | 1 | c   | 1 | a | Q a 0 c
            """)
    void patronisTable(String leader, int quorum, String voters, int number, String names, int confirmed, String active,
                       int wanted, String me, String steps) {
        List<SyncStep> found = QuorumSteps.of(new SyncStep.Key(new MemberName(leader), quorum, members(voters)),
                StandbyRule.any(number, members(names)),
                new QuorumSteps.Replicas(new MemberName(me), confirmed, members(active), wanted));
        String text = found.stream().map(QuorumStepsTest::text).collect(Collectors.joining("; "));
        assertEquals(steps, text.isEmpty() ? "-" : text);
    }

    private static Set<MemberName> members(String letters) {
        return letters.equals("-") ? Set.of()
                : letters.chars().mapToObj(c -> new MemberName(String.valueOf((char) c))).collect(Collectors.toSet());
    }

    private static String letters(Set<MemberName> members) {
        return members.isEmpty() ? "-" : new TreeSet<>(members).stream().map(MemberName::value).collect(Collectors.joining());
    }

    private static String text(SyncStep step) {
        if (step instanceof SyncStep.Key key) {
            return "Q " + key.leader() + " " + key.quorum() + " " + letters(key.voters());
        }
        return step instanceof SyncStep.Names names
                ? "S " + names.rule().number() + " " + letters(names.rule().names()) : "again";
    }

    /** From every state that can be, with every set of replicas: each step keeps what the sync key promises. */
    @Test
    void noStepBreaksThePromiseAndTheWayEnds() {
        List<Set<MemberName>> sets = Stream.of("-", "b", "c", "d", "bc", "bd", "cd", "bcd").map(QuorumStepsTest::members)
                .toList();
        MemberName a = new MemberName("a");
        int states = 0;
        for (Set<MemberName> voters : sets) {
            for (int quorum = 0; quorum < Math.max(1, voters.size()); quorum++) {
                for (Set<MemberName> names : sets) {
                    for (int number = names.isEmpty() ? 0 : 1; number <= names.size(); number++) {
                        SyncStep.Key key = new SyncStep.Key(a, quorum, voters);
                        StandbyRule rule = StandbyRule.any(number, names);
                        if (rule.keeps(key.state(), a)) {
                            for (Set<MemberName> active : sets) {
                                states++;
                                follow(a, key, rule, active);
                            }
                        }
                    }
                }
            }
        }
        assertTrue(states > 500, "only " + states);
    }

    private static void follow(MemberName me, SyncStep.Key begin, StandbyRule beginRule, Set<MemberName> active) {
        for (int wanted = 1; wanted <= 3; wanted++) {
            SyncStep.Key key = begin;
            StandbyRule rule = beginRule;
            List<String> gone = new ArrayList<>();
            for (int round = 0; round < 20; round++) {
                Set<MemberName> waited = new TreeSet<>(rule.members());
                waited.retainAll(active);
                int confirmed = waited.size();
                List<SyncStep> steps = QuorumSteps.of(key, rule, new QuorumSteps.Replicas(me, confirmed, active, wanted));
                if (steps.isEmpty()) {
                    break;
                }
                // one step, and then everything is looked at anew
                if (steps.get(0) instanceof SyncStep.Key k) {
                    key = k;
                } else if (steps.get(0) instanceof SyncStep.Names n) {
                    rule = n.rule();
                }
                gone.add(text(steps.get(0)));
                assertTrue(rule.keeps(key.state(), me), () -> begin + " " + beginRule + " " + active + ": " + gone);
                assertTrue(round < 19, () -> "no end: " + begin + " " + beginRule + " " + active + ": " + gone);
            }
            if (!active.isEmpty()) {
                assertEquals(active, rule.members(), begin + " " + beginRule + " " + active + " w" + wanted + ": " + gone);
                assertEquals(active, key.voters(), begin + " " + beginRule + " " + active + " w" + wanted + ": " + gone);
                int number = Math.min(wanted, active.size());
                assertEquals(number, rule.number());
                assertEquals(active.size() - number, key.quorum(), () -> begin + " " + beginRule + ": " + gone);
            }
        }
    }
}
