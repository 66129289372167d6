package io.matriarch.agent;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.EtcdAdapterConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.config.ServerTls;
import io.matriarch.etcdapi.EtcdAdapter;
import io.matriarch.etcdapi.EtcdListening;
import io.matriarch.etcdapi.EtcdPorts;
import io.matriarch.raft.RatisPeer;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the etcd adapter of a peer. The process does its work without one as well. */
final class EtcdDoor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdDoor.class);

    private final EtcdAdapter adapter;
    private final Optional<TlsIdentity> tls;

    private EtcdDoor(EtcdAdapter adapter, Optional<TlsIdentity> tls) {
        this.adapter = adapter;
        this.tls = tls;
    }

    static Optional<EtcdDoor> open(EtcdAdapterConfig config, RaftConfig raft, RatisPeer peer, String name) {
        if (!config.enabled()) {
            return Optional.empty();
        }
        HostPort advertised = config.advertised(raft.selfAddr());
        Optional<TlsIdentity> tls = Optional.empty();
        try {
            tls = identity(config.tls());
            String url = (tls.isPresent() ? "https://" : "http://") + advertised;
            EtcdListening listening = new EtcdListening(config.listen(), List.of(url), tls,
                    config.tls().map(ServerTls::clients).orElse(ClientCheck.NONE));
            EtcdAdapter adapter = EtcdAdapter.start(listening,
                    new EtcdPorts(peer.store(), peer.localState(), new PeerGroup(peer, raft.group()), name, config.openWrites()));
            config.rootPassword().ifPresent(adapter::requireUsers);
            LOG.info("etcd clients find the store at {}", url);
            tell(config);
            return Optional.of(new EtcdDoor(adapter, tls));
        } catch (IOException e) {
            tls.ifPresent(TlsIdentity::close);
            LOG.warn("There is no etcd adapter: {}. Give etcd_adapter.listen another port, or write etcd_adapter: off",
                    e.getMessage());
        } catch (TlsException e) {
            LOG.warn("There is no etcd adapter: {}. Without TLS it is not opened, since TLS is asked for", e.getMessage());
        }
        return Optional.empty();
    }

    private static Optional<TlsIdentity> identity(Optional<ServerTls> config) throws TlsException {
        return config.isPresent() ? Optional.of(TlsIdentity.open("etcd_adapter", Optional.of(config.get().own()),
                config.get().authority()).watched()) : Optional.empty();
    }

    /** What an operator should know of who may do what here. */
    private static void tell(EtcdAdapterConfig config) {
        if (config.tls().isEmpty() && !isLoopback(config.listen())) {
            LOG.warn("etcd_adapter.listen is {}, which other hosts reach, and etcd_adapter has no certfile: what clients send, also"
                    + " passwords, can be read on the way", config.listen());
        }
        if (config.openWrites()) {
            LOG.warn("etcd_adapter.open_writes: whoever reaches {} may write until authentication is enabled, and who writes"
                    + " /config owns the database", config.listen());
        } else if (config.rootPassword().isEmpty()) {
            LOG.info("Through the etcd adapter everybody may read; writing needs etcd's authentication (etcd_adapter.root_password"
                    + " makes its first user), or a client certificate, or etcd_adapter.open_writes: true");
        }
    }

    private static boolean isLoopback(HostPort listen) {
        try {
            return !listen.isWildcard() && InetAddress.getByName(listen.host()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            // a name that nobody knows could not be listened on
            return false;
        }
    }

    @Override
    public void close() {
        adapter.close();
        tls.ifPresent(TlsIdentity::close);
    }
}
