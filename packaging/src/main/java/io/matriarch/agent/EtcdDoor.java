package io.matriarch.agent;

import io.matriarch.config.EtcdAdapterConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.etcdapi.EtcdAdapter;
import io.matriarch.etcdapi.EtcdPorts;
import io.matriarch.raft.RatisPeer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the etcd adapter of a peer. The process does its work without one as well. */
final class EtcdDoor {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdDoor.class);

    private EtcdDoor() {
    }

    static Optional<EtcdAdapter> open(EtcdAdapterConfig config, RaftConfig raft, RatisPeer peer, String name) {
        if (!config.enabled()) {
            return Optional.empty();
        }
        HostPort advertised = config.advertised(raft.selfAddr());
        try {
            EtcdAdapter adapter = EtcdAdapter.start(config.listen(), List.of("http://" + advertised),
                    new EtcdPorts(peer.store(), peer.localState(), new PeerGroup(peer, raft.group()), name));
            LOG.info("etcd clients find the store at {}", advertised);
            return Optional.of(adapter);
        } catch (IOException e) {
            LOG.warn("There is no etcd adapter: {}. Give etcd_adapter.listen another port, or write etcd_adapter: off",
                    e.getMessage());
            return Optional.empty();
        }
    }
}
