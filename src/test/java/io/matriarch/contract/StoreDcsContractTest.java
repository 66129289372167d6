package io.matriarch.contract;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import java.time.Duration;

/** The contract on the real store in one process, with a clock that the test moves. */
class StoreDcsContractTest implements DcsContract {

    private final MemoryReplicatedStore store = new MemoryReplicatedStore();

    @Override
    public Dcs connect(int peer, String scope) {
        return new StoreDcs(store, ClusterKeys.of("service", scope));
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void pass(Duration duration) {
        store.pass(duration);
    }
}
