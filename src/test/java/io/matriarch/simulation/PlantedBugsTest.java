package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation can fail: it finds each planted defect within a few seeds, and finds nothing there without it. */
class PlantedBugsTest {

    private static final int MOST_SEEDS = 60;

    @BeforeAll
    static void quiet() {
        Quiet.loop();
    }

    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void isFound(PlantedBug bug) {
        Optional<Simulation.Result> found = Optional.empty();
        for (long seed = 1; seed <= MOST_SEEDS && found.isEmpty(); seed++) {
            found = Optional.of(new Simulation(seed, bug.options(seed), bug).run())
                    .filter(result -> result.violation().isPresent());
        }
        assertTrue(found.isPresent(), bug + " was not found in " + MOST_SEEDS + " seeds");
        Simulation.Result result = found.get();
        System.out.println("planted " + bug + ": seed " + result.seed() + ", " + result.violation().orElseThrow());
        Simulation.Result sound = new Simulation(result.seed(), bug.soundOptions(result.seed()), Variation.NONE).run();
        assertEquals(Optional.empty(), sound.violation(), sound::report);
    }
}
