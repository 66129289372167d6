package io.matriarch.agent;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.config.ServerTls;
import io.matriarch.etcdapi.EtcdAdapter;
import io.matriarch.etcdapi.EtcdListening;
import io.matriarch.etcdapi.EtcdPorts;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RaftStartException;
import io.matriarch.raft.RatisPeer;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code matriarch etcd FLAGS}: the store alone, started as etcd is. */
final class EtcdCommand {

    static final String VERB = "etcd";
    private static final Logger LOG = LoggerFactory.getLogger(EtcdCommand.class);
    private static final Duration LEASE = Duration.ofMillis(2500);
    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(100);

    private EtcdCommand() {
    }

    /** Runs until the process is told to end; the result is the exit code of a start that failed, or of a removed member. */
    static int run(List<String> arguments) {
        if (arguments.contains("--version")) {
            System.out.println("etcd Version: " + EtcdAdapter.VERSION + "\nmatriarch " + Version.PRODUCT);
            return 0;
        }
        try {
            return serve(EtcdFlags.parse(arguments, System.getenv()));
        } catch (StartupException | RaftStartException | IOException e) {
            LOG.error(e.getMessage());
            return 1;
        }
    }

    private static int serve(EtcdFlags flags) throws StartupException, RaftStartException, IOException {
        String name = flags.text("name", "default");
        HostPort self = flags.address("initial-advertise-peer-urls", "http://localhost:2380");
        HostPort bind = flags.address("listen-peer-urls", "http://" + self);
        HostPort clients = flags.address("listen-client-urls", "http://localhost:2379");
        String advertised = flags.text("advertise-client-urls", "http://" + clients);
        List<HostPort> partners = new ArrayList<>(flags.peers(name + "=http://" + self));
        partners.remove(self);
        Path data = Path.of(flags.text("data-dir", name + ".etcd")).toAbsolutePath();
        flags.idle().forEach(flag -> LOG.info("--{} has no meaning here", flag));
        EtcdTls tls = new EtcdTls(flags);
        RaftConfig config = new RaftConfig(data, Optional.of(self), Optional.of(bind), partners, LEASE,
                flags.text("initial-cluster-token", "etcd-cluster"), tls.peers());
        Optional<ServerTls> secure = tls.clients();
        Optional<TlsIdentity> identity = identity(secure);
        RatisPeer peer = RatisPeer.start(config, PeerOptions.standard());
        EtcdAdapter adapter;
        try {
            adapter = EtcdAdapter.start(new EtcdListening(clients, List.of(advertised.split(",")), identity,
                    secure.map(ServerTls::clients).orElse(ClientCheck.NONE)),
                    new EtcdPorts(peer.store(), peer.localState(), new PeerGroup(peer, config.group()), name, true));
        } catch (IOException e) {
            peer.close();
            throw e;
        }
        LOG.info("As with etcd, whoever reaches {} may write until authentication is enabled{}", clients,
                secure.filter(x -> x.clients() == ClientCheck.REQUIRED).map(x -> ", if he has a certificate").orElse(""));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            QuietEnd.begin();
            adapter.close();
            peer.close();
            Runtime.getRuntime().halt(0);
        }, "shutdown"));
        announce(peer, name, advertised);
        return peer.ended().join().curedByRestart() ? 1 : 0;
    }

    private static Optional<TlsIdentity> identity(Optional<ServerTls> tls) throws StartupException {
        if (tls.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(TlsIdentity.open("etcd", Optional.of(tls.get().own()), tls.get().authority()).watched());
        } catch (TlsException e) {
            throw new StartupException(e.getMessage(), e);
        }
    }

    /** Supervisors of etcd wait for these words; they come when the store can be read and written. */
    private static void announce(RatisPeer peer, String name, String advertised) {
        boolean ready = false;
        while (!ready && !peer.ended().isDone()) {
            ready = peer.localState().current(ROUND).join();
            if (!ready) {
                LockSupport.parkNanos(BETWEEN_ROUNDS.toNanos());
            }
        }
        if (ready) {
            LOG.info("published {name:{} clientURLs:[{}]} to the cluster", name, advertised);
            LOG.info("enabled capabilities for version {}", EtcdAdapter.CAPABILITIES);
        }
    }
}
