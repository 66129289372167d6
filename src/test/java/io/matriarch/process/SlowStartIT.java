package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Replication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary whose postmaster was killed, and whose crash recovery then takes longer than anybody wants to wait. */
class SlowStartIT {

    @TempDir
    Path dir;

    /**
     * With every commit on a member that stands ready, the slow start is given up; where {@code primary_start_timeout}
     * is set, not before that time is over.
     */
    @Test
    void aSlowStartIsGivenUpForAMemberWithEveryCommit() throws Exception {
        try (RunningCluster running = RunningCluster.start(dir, LocalNetwork.loopback(), Replication.QUORUM)) {
            failOverByRecoveryThatHangs(running);

            Map<String, Object> patch = new HashMap<>(Map.of("primary_start_timeout", 9));
            assertEquals(200, running.primary().rest().patchConfig(patch).orElseThrow().status());
            long millis = failOverByRecoveryThatHangs(running);
            assertTrue(millis >= 9_000, "primary_start_timeout of 9 s was not honoured: failover after " + millis + " ms");
        }
    }

    /** @return the time from the kill until another member was primary, in milliseconds */
    private static long failOverByRecoveryThatHangs(RunningCluster running) throws Exception {
        LocalAgent slow = running.primary();
        Path hang = recoveryHangs(slow);
        long killed = System.nanoTime();
        slow.killPostmaster();
        running.await("another member is primary", () -> running.cluster().primary().filter(p -> p != slow).isPresent());
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed);
        running.awaitWrites();
        running.assertNothingLost();
        Files.delete(hang);
        running.awaitWhole();
        assertNotEquals(slow, running.primary());
        running.assertNothingLost();
        return millis;
    }

    /** The startup process opens this file before it replays a thing, and to open a pipe that nobody feeds takes for ever. */
    private static Path recoveryHangs(LocalAgent agent) throws IOException, InterruptedException {
        Path file = agent.site().dataDir().resolve("pg_logical/replorigin_checkpoint");
        Files.deleteIfExists(file);
        Process made = new ProcessBuilder("mkfifo", "-m", "666", file.toString()).inheritIO().start();
        assertEquals(0, made.waitFor());
        return file;
    }
}
