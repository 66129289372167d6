package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whatever happens to disks, machines and messages, there are never two groups; the decision by majority is found out. */
class FormationSimulationTest {

    private static final int SEEDS = Integer.getInteger("matriarch.sim.seeds", 500) * 2;
    private static final int MOST_SEEDS = 60;

    private static FormationPlay play(long seed, FormationPlay.Rules rules) {
        return new FormationPlay(seed, seed % 4 == 0 ? 5 : 3, hasDiskFaults(seed), rules).run();
    }

    private static boolean hasDiskFaults(long seed) {
        return seed % 3 != 0;
    }

    @Test
    void neverTwoGroups() {
        Map<String, Integer> happened = new TreeMap<>();
        int whole = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            FormationPlay play = play(seed, FormationDecision::decide);
            assertEquals(Optional.empty(), play.breach(), "seed " + seed);
            play.happened().forEach((what, n) -> happened.merge(what, n, Integer::sum));
            whole += play.isWhole() ? 1 : 0;
            assertTrue(play.isWhole() || hasDiskFaults(seed), () -> "no disk was lost, all are in one group: " + play.state());
        }
        System.out.println("formation: " + SEEDS + " seeds, " + whole + " ended whole, " + happened);
    }

    @Test
    void plantedBugFormationByMajorityIsFound() {
        for (long seed = 1; seed <= MOST_SEEDS; seed++) {
            Optional<String> breach = play(seed, new ByMajority()).breach();
            if (breach.isPresent()) {
                System.out.println("planted FORMATION_BY_MAJORITY: seed " + seed + ", " + breach.get());
                assertEquals(Optional.empty(), play(seed, FormationDecision::decide).breach(), "the sound rules");
                return;
            }
        }
        throw new AssertionError("two groups by majority were not found in " + MOST_SEEDS + " seeds");
    }

    /** A majority of empty answers counts as all of them. */
    private static final class ByMajority implements FormationPlay.Rules {

        @Override
        public FormationDecision.Step decide(Hello self, Map<String, FormationDecision.Reply> answers, UUID fresh) {
            FormationDecision.Step sound = FormationDecision.decide(self, answers, fresh);
            boolean missing = sound instanceof FormationDecision.Step.Wait wait && !wait.missing().isEmpty();
            SortedMap<String, UUID> empty = new TreeMap<>();
            answers.forEach((address, reply) -> {
                if (reply instanceof FormationDecision.Reply.Present present && present.hello().stage() != Stage.FORMED) {
                    empty.put(address, present.hello().id());
                }
            });
            empty.put(self.address().toString(), self.id());
            return missing && self.stage() != Stage.JOINING && empty.size() * 2 > self.list().size()
                    ? new FormationDecision.Step.Found(new Charter(fresh, empty)) : sound;
        }

        @Override
        public Optional<String> objection(Hello self, Charter charter, Map<String, UUID> seen) {
            boolean fits = self.stage() == Stage.EMPTY || self.stage() == Stage.ACCEPTED;
            return fits && charter.names(self.address(), self.id()) ? Optional.empty()
                    : FormationDecision.objection(self, charter, Set.of(), seen);
        }
    }
}
