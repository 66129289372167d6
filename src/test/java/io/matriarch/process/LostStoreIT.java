package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every node has lost its part of the store; the data directories of PostgreSQL are there. */
class LostStoreIT {

    @Test
    void theGroupFormsAnewAndTheMemberWithTheMostDataLeads(@TempDir Path dir) throws Exception {
        try (RunningCluster running = RunningCluster.start(dir, LocalNetwork.loopback())) {
            running.awaitWrites();
            LocalAgent behind = running.replica();
            behind.killNode();
            running.awaitWrites();
            running.await("some more is written", () -> !behind.isAlive());
            running.awaitWrites();
            running.cluster().agents().stream().filter(a -> a != behind).forEach(LocalAgent::killNode);
            for (LocalAgent agent : running.cluster().agents()) {
                forget(agent.site().dir().resolve("raft"));
            }
            behind.start();
            running.cluster().agents().stream().filter(a -> a != behind).forEach(LocalAgent::start);
            running.awaitWhole();
            assertNotEquals(behind, running.primary());
            running.assertNothingLost();
        }
    }

    private static void forget(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).filter(p -> !p.equals(tree)).toList()) {
                Files.delete(path);
            }
        }
    }
}
