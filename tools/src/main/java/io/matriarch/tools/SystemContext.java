package io.matriarch.tools;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.config.ClientConfig;
import io.matriarch.config.ConfigException;
import io.matriarch.config.ConfigLoader;
import io.matriarch.config.EtcdConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.etcd.EtcdStore;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupChange;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.LoneSurvivor;
import io.matriarch.raft.RaftStartException;
import io.matriarch.raft.RemoteStore;
import java.nio.file.Path;
import io.matriarch.tls.TlsException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** The world around the commands of this process: its streams, its environment, the network. */
final class SystemContext {

    private static final Duration GROUP_PATIENCE = Duration.ofSeconds(3);
    private static final Duration SNAPSHOT_PATIENCE = Duration.ofSeconds(30);

    private SystemContext() {
    }

    static CtlContext create() {
        return new CtlContext(Terminal.system(), System.getenv(), SystemContext::config, SystemContext::open,
                (config, insecure) -> new HttpMemberApi(config.ctl(), insecure), Clock.systemDefaultZone(),
                new RaftGroup());
    }

    private static ClientConfig config(Optional<Path> file, Map<String, String> environment) {
        try {
            return ConfigLoader.loadClient(file, environment).config();
        } catch (ConfigException e) {
            throw new CtlError(e.getMessage());
        }
    }

    private static ClusterAccess open(ClientConfig config, String cluster) {
        if (config.raft().isEmpty() && config.etcd().isPresent()) {
            return external(config, config.etcd().get(), cluster);
        }
        RaftConfig raft = raft(config);
        List<HostPort> peers = peers(raft);
        return new DcsAccess(connect(raft),
                ClusterKeys.of(config.namespace(), cluster), peers);
    }

    private static ClusterAccess external(ClientConfig config, EtcdConfig etcd, String cluster) {
        try {
            return new DcsAccess(EtcdStore.connect(etcd), ClusterKeys.of(config.namespace(), cluster), etcd.hosts(),
                    "Check that etcd runs and has a leader, and the section '" + etcd.section() + "'");
        } catch (IOException e) {
            throw new CtlError("the section '" + etcd.section() + "' cannot be used: " + e.getMessage());
        }
    }

    private static final class RaftGroup implements CtlContext.GroupSource {

        @Override
        public GroupStatus ask(ClientConfig config) {
            RaftConfig raft = raft(config);
            List<HostPort> peers = peers(raft);
            try (RemoteStore store = connect(raft)) {
                return store.groupStatus(GROUP_PATIENCE)
                        .orElseThrow(() -> DcsAccess.unreachable(peers, GROUP_PATIENCE));
            }
        }

        @Override
        public List<HostPort> listed(ClientConfig config) {
            return peers(raft(config));
        }

        @Override
        public SortedMap<String, String> formWithout(ClientConfig config, List<HostPort> without) {
            RaftConfig raft = raft(config);
            try (RemoteStore store = connect(raft)) {
                return store.formWithout(without, GROUP_PATIENCE);
            }
        }

        @Override
        public ChangeReport change(ClientConfig config, GroupChange change, boolean planOnly) {
            RaftConfig raft = raft(config);
            try (RemoteStore store = connect(raft)) {
                return store.change(change, planOnly);
            }
        }

        @Override
        public CtlContext.Survivor survivor(ClientConfig config) {
            try {
                return new LocalSurvivor(LoneSurvivor.open(raft(config)));
            } catch (RaftStartException e) {
                throw new CtlError(e.getMessage());
            }
        }

        @Override
        public SortedMap<String, String> snapshot(ClientConfig config, List<HostPort> of) {
            RaftConfig raft = raft(config);
            try (RemoteStore store = connect(raft)) {
                return store.snapshot(of, SNAPSHOT_PATIENCE);
            }
        }
    }

    private static RaftConfig raft(ClientConfig config) {
        return config.raft().orElseThrow(() -> new CtlError(config.etcd().isPresent()
                ? "the section '" + config.etcd().get().section() + "' names an external store, which has commands of"
                + " its own for this (etcdctl)"
                : "Can not find suitable configuration of distributed configuration store\nAvailable implementations:"
                + " raft. Give the configuration file of an agent with -c"));
    }

    private static RemoteStore connect(RaftConfig raft) {
        try {
            return RemoteStore.connect(peers(raft), raft.group(), raft.tls());
        } catch (TlsException e) {
            throw new CtlError("raft: " + e.getMessage());
        }
    }

    private static List<HostPort> peers(RaftConfig raft) {
        List<HostPort> peers = new ArrayList<>(raft.selfAddr().map(List::of).orElse(List.of()));
        peers.addAll(raft.partnerAddrs());
        return peers;
    }
}
