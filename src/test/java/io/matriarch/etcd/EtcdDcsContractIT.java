package io.matriarch.etcd;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.config.EtcdConfig;
import io.matriarch.contract.DcsContract;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of {@link Dcs} on three real etcd processes. */
class EtcdDcsContractIT implements DcsContract {

    @TempDir
    static Path root;

    private static RealEtcd etcd;
    private static final List<EtcdStore> STORES = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        etcd = RealEtcd.start(root, 3);
        for (int i = 0; i < 3; i++) {
            STORES.add(EtcdStore.connect(new EtcdConfig("etcd3", List.of(etcd.address(i)))));
        }
    }

    @AfterAll
    static void stop() {
        STORES.forEach(EtcdStore::close);
        STORES.clear();
        etcd.close();
    }

    @Override
    public Dcs connect(int peer, String scope) {
        return new StoreDcs(STORES.get(peer), ClusterKeys.of("service", scope));
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(1);
    }

    @Override
    public boolean leasesChange() {
        return false;
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
