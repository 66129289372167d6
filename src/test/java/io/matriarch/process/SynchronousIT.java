package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.NamespaceNetwork;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.RestDoor;
import io.matriarch.tools.drill.ServerAccount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole clusters whose commits are synchronous: whatever happens to one node, no acknowledged row is lost. */
class SynchronousIT {

    @TempDir
    Path dir;

    /** The one synchronous standby takes over, the lost node comes back; then commits wait for two of them. */
    @Test
    void oneStandbyThenTwo() {
        try (RunningCluster running = RunningCluster.start(dir, LocalNetwork.loopback(), Replication.SYNC)) {
            failOverByKill(running);
            assertEquals(200, running.primary().rest().patchConfig(Map.of("synchronous_node_count", 2)).orElseThrow().status());
            running.await("both replicas are synchronous", () -> running.primary().sql()
                    .ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
                    .filter(List.of("2")::equals).isPresent());
            running.await("both may be promoted", () -> synchronous(running) == 2);
            failOverByKill(running);
        }
    }

    private static long synchronous(RunningCluster running) {
        return running.cluster().agents().stream().filter(a -> a.rest().get("/sync").filter(r -> r.status() == 200).isPresent())
                .count();
    }

    @Test
    void anyOfTheReplicas() {
        try (RunningCluster running = RunningCluster.start(dir, LocalNetwork.loopback(), Replication.QUORUM)) {
            failOverByKill(running);
            loseAReplica(running);
            failOverByKill(running);
        }
    }

    private static void failOverByKill(RunningCluster running) {
        LocalAgent lost = running.primary();
        lost.killNode();
        running.await("another member is primary", () -> running.cluster().primary().filter(p -> p != lost).isPresent());
        running.awaitWrites();
        running.assertNothingLost();
        lost.start();
        running.awaitWhole();
        assertNotEquals(lost, running.primary());
        running.assertNothingLost();
    }

    private static void loseAReplica(RunningCluster running) {
        LocalAgent primary = running.primary();
        LocalAgent replica = running.replica();
        replica.killNode();
        running.awaitWrites();
        assertEquals(primary, running.primary());
        replica.start();
        running.awaitWhole();
    }

    @Test
    void aNetworkThatFailsForAWhile() throws Exception {
        assumeTrue(ServerAccount.isRoot() && Files.isExecutable(Path.of("/usr/sbin/nft")), "network namespaces need root");
        try (NamespaceNetwork network = NamespaceNetwork.create(3);
             RunningCluster running = RunningCluster.start(dir, network, Replication.QUORUM)) {
            everybodyIsolatedForFiveSeconds(running);
            LocalAgent cut = running.primary();
            running.cluster().cut(cut);
            running.await("another member is primary",
                    () -> running.cluster().primary().filter(p -> p != cut).isPresent());
            running.awaitWrites();
            running.assertNothingLost();
            running.cluster().heal(cut);
            running.awaitWhole();
            assertNotEquals(cut, running.primary());
            running.assertNothingLost();
        }
    }

    /** Nobody can be elected, and so the same PostgreSQL goes on when the network is back. */
    private static void everybodyIsolatedForFiveSeconds(RunningCluster running) throws InterruptedException {
        LocalAgent primary = running.primary();
        long postmaster = primary.postmaster().orElseThrow();
        running.cluster().agents().forEach(running.cluster()::cut);
        Thread.sleep(5_000);
        assertEquals(503, primary.rest().get("/primary").map(RestDoor.Reply::status).orElse(503), "nobody is led here meanwhile");
        running.cluster().agents().forEach(running.cluster()::heal);
        running.awaitWrites();
        assertEquals(primary, running.primary());
        assertEquals(postmaster, primary.postmaster().orElseThrow(), "the lapse costs no restart");
        running.awaitWhole();
        running.assertNothingLost();
    }
}
