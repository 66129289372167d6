package io.matriarch.raft;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.contract.DcsContract;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of {@link Dcs} on three real peers. */
class RatisDcsContractIT implements DcsContract {

    @TempDir
    static Path root;

    private static TestPeers peers;

    @BeforeAll
    static void form() throws Exception {
        peers = new TestPeers(root, 3).startAll();
        peers.leader();
    }

    @AfterAll
    static void stop() {
        peers.close();
    }

    @Override
    public Dcs connect(int peer, String scope) {
        return new StoreDcs(peers.get(peer).store(), ClusterKeys.of("service", scope));
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void pass(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
