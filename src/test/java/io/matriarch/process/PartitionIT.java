package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.NamespaceNetwork;
import io.matriarch.tools.drill.ServerAccount;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three agents in network namespaces of their own; packets are dropped, not refused. */
class PartitionIT {

    @TempDir
    Path dir;

    @Test
    void aPrimaryThatIsCutOffIsReplacedStopsItselfAndFollowsAfterwards() {
        assumeTrue(ServerAccount.isRoot() && Files.isExecutable(Path.of("/usr/sbin/nft"))
                && (Files.isExecutable(Path.of("/usr/sbin/ip")) || Files.isExecutable(Path.of("/sbin/ip"))),
                "network namespaces need root, iproute2 and nftables");
        try (NamespaceNetwork network = NamespaceNetwork.create(3);
             RunningCluster running = RunningCluster.start(dir, network)) {
            LocalAgent cut = running.primary();
            long postmaster = cut.postmaster().orElseThrow();
            running.cluster().cut(cut);
            running.await("another member is primary",
                    () -> running.cluster().primary().filter(p -> p != cut).isPresent());
            running.awaitWrites();
            running.await("the server that was cut off is stopped or no primary any more",
                    () -> cut.postmaster().isEmpty() || cut.postmaster().getAsLong() != postmaster);
            running.assertNothingLost();
            running.cluster().heal(cut);
            running.awaitWhole();
            assertNotEquals(cut, running.primary());
            running.assertNothingLost();

            LocalAgent replica = running.replica();
            LocalAgent primary = running.primary();
            running.cluster().cut(replica);
            running.awaitWrites();
            assertEquals(primary, running.primary(), "the loss of a replica changes nothing");
            running.cluster().heal(replica);
            running.awaitWhole();
        }
    }
}
