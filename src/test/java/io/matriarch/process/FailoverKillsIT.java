package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Replication;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Something else is killed while a failover is under way: an agent, a PostgreSQL or both, of the member that is being
 * elected or of a voter, a little later each time, so that every step of the cut is hit. No acknowledged row is lost,
 * and nobody stays cut.
 */
class FailoverKillsIT {

    private static final int ROUNDS = Integer.getInteger("matriarch.test.kills", 4);
    /** From shortly before the lease of the lost holder ends until the successor is surely promoted. */
    private static final int EARLIEST_MILLIS = 1_900;
    private static final int LATEST_MILLIS = 3_100;

    private enum Blow {
        AGENT(LocalAgent::kill9), POSTMASTER(FailoverKillsIT::killPostmaster), BOTH(LocalAgent::killNode);

        private final Consumer<LocalAgent> strike;

        Blow(Consumer<LocalAgent> strike) {
            this.strike = strike;
        }
    }

    @TempDir
    Path dir;

    @Test
    void killedAtEveryStepOfAFailover() throws Exception {
        try (RunningCluster running = RunningCluster.start(dir, LocalNetwork.loopback(), Replication.QUORUM)) {
            for (int round = 0; round < ROUNDS; round++) {
                strike(running, round);
            }
        }
    }

    private static void strike(RunningCluster running, int round) throws InterruptedException {
        LocalAgent lost = running.primary();
        List<LocalAgent> others = running.cluster().agents().stream().filter(a -> a != lost).toList();
        // every blow meets either of the others, and each pair of them the whole span of time
        Blow blow = Blow.values()[round % Blow.values().length];
        LocalAgent struck = others.get(round / Blow.values().length % others.size());
        int after = EARLIEST_MILLIS + (LATEST_MILLIS - EARLIEST_MILLIS) * spread(round) / ROUNDS;
        System.out.printf("FailoverKillsIT: round %d: node of %s killed, after %d ms %s of %s%n", round + 1, lost.name(), after,
                blow, struck.name());
        lost.killNode();
        TimeUnit.MILLISECONDS.sleep(after);
        blow.strike.accept(struck);
        if (!struck.isAlive()) {
            struck.start();
        }
        running.await("a member is primary", () -> running.cluster().primary().isPresent());
        running.awaitWrites();
        running.assertNothingLost();
        lost.start();
        running.awaitWhole();
        assertNotEquals(lost, running.primary());
        running.assertNothingLost();
    }

    /** The numbers below {@link #ROUNDS} in an order in which neighbours are far apart. */
    private static int spread(int round) {
        int step = IntStream.iterate(ROUNDS / 2 + 1, s -> s + 1).filter(s -> gcd(s, ROUNDS) == 1).findFirst().orElseThrow();
        return round * step % ROUNDS;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** It may be down at this moment, which is as good. */
    private static void killPostmaster(LocalAgent agent) {
        if (agent.postmaster().isPresent()) {
            agent.killPostmaster();
        }
    }
}
