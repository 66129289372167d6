package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation can fail: it finds each planted defect within a few seeds, and finds nothing there without it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlantedBugsTest {

    private static final int MOST_SEEDS = 60;

    private final List<String> found = new ArrayList<>();

    @BeforeAll
    static void quiet() {
        Quiet.loop();
    }

    @AfterAll
    void table() {
        System.out.println("planted bugs found: " + found.size() + " of " + PlantedBug.values().length
                + System.lineSeparator() + String.join(System.lineSeparator(), found));
    }

    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void isFound(PlantedBug bug) {
        Optional<Simulation.Result> breached = Optional.empty();
        for (long seed = 1; seed <= MOST_SEEDS && breached.isEmpty(); seed++) {
            breached = Optional.of(new Simulation(seed, bug.options(seed), bug).run())
                    .filter(result -> result.violation().isPresent());
        }
        assertTrue(breached.isPresent(), bug + " was not found in " + MOST_SEEDS + " seeds");
        Simulation.Result result = breached.get();
        String what = result.violation().orElseThrow();
        this.found.add(String.format("  %-40s seed %2d  %s", bug, result.seed(), what.substring(0, Math.min(100, what.length()))));
        Simulation.Result sound = new Simulation(result.seed(), bug.soundOptions(result.seed()), Variation.NONE).run();
        assertEquals(Optional.empty(), sound.violation(), sound::report);
    }
}
