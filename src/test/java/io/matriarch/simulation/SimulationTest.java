package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Ten simulated minutes of trouble for each of many seeds. {@code -Dmatriarch.sim.seeds=N} runs another number of them,
 * {@code -Dmatriarch.sim.from=N} begins elsewhere, {@code -Dmatriarch.sim.seed=N} plays one and prints all of it.
 */
class SimulationTest {

    private static final int MOST_REPORTS = 5;

    @BeforeAll
    static void quiet() {
        Quiet.loop();
    }

    @Test
    void nothingBreachesAnInvariant() throws InterruptedException {
        Long one = Long.getLong("matriarch.sim.seed");
        if (one != null) {
            Simulation.Result result = Simulation.of(one).printing(System.out::println).run();
            assertEquals(List.of(), result.violation().stream().toList());
            return;
        }
        long from = Long.getLong("matriarch.sim.from", 1);
        long seeds = Long.getLong("matriarch.sim.seeds", 500);
        Summary summary = new Summary();
        long begun = System.nanoTime();
        ConcurrentLinkedQueue<Simulation.Result> breached = run(from, from + seeds, summary);
        System.out.println(summary.text((System.nanoTime() - begun) / Options.MILLI));
        breached.stream().limit(MOST_REPORTS).forEach(result -> System.out.println(result.report()));
        assertEquals(List.of(), breached.stream().map(r -> "seed " + r.seed() + ": " + r.violation().get()).toList());
    }

    private static ConcurrentLinkedQueue<Simulation.Result> run(long from, long end, Summary summary)
            throws InterruptedException {
        ConcurrentLinkedQueue<Simulation.Result> breached = new ConcurrentLinkedQueue<>();
        AtomicLong next = new AtomicLong(from);
        Thread[] workers = new Thread[Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()))];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Thread(() -> {
                for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
                    Simulation.Result result = Simulation.of(seed).run();
                    summary.add(result);
                    if (result.violation().isPresent()) {
                        breached.add(result);
                    }
                }
            }, "simulation-" + i);
            workers[i].start();
        }
        for (Thread worker : workers) {
            worker.join();
        }
        return breached;
    }

    @Test
    void theSameSeedIsTheSameRun() {
        for (long seed = 1; seed <= 3; seed++) {
            Simulation.Result first = Simulation.of(seed).run();
            Simulation.Result second = Simulation.of(seed).run();
            assertEquals(first.digest(), second.digest(), "seed " + seed);
            assertEquals(first.journal(), second.journal(), "seed " + seed);
        }
    }

    @Test
    void anotherSeedIsAnotherRun() {
        assertEquals(2, java.util.stream.Stream.of(1L, 2L).map(seed -> Simulation.of(seed).run().digest())
                .distinct().count());
    }
}
