package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.agent.PeerGroup;
import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RatisPeer;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Store;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/** A group of one real peer in this process, with the adapter in front. */
final class TestServer implements AutoCloseable {

    private final RatisPeer peer;
    private final EtcdAdapter adapter;

    private TestServer(RatisPeer peer, EtcdAdapter adapter) {
        this.peer = peer;
        this.adapter = adapter;
    }

    /** In plain text, open to all. */
    static TestServer start(Path directory) throws Exception {
        return start(directory, true, Optional.empty(), ClientCheck.NONE);
    }

    static TestServer start(Path directory, boolean openWrites, Optional<TlsIdentity> tls, ClientCheck clients) throws Exception {
        HostPort raft = freeAddress();
        RaftConfig config = new RaftConfig(directory, Optional.of(raft), Optional.empty(), List.of(),
                Duration.ofMillis(2500), "etcd-test");
        RatisPeer peer = RatisPeer.start(config, PeerOptions.standard());
        HostPort client = freeAddress();
        EtcdAdapter adapter = EtcdAdapter.start(new EtcdListening(client, List.of((tls.isPresent() ? "https://" : "http://") + client), tls, clients),
                new EtcdPorts(peer.store(), peer.localState(), new PeerGroup(peer, config.group()), "m1", openWrites));
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!peer.isRaftLeader() && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        return new TestServer(peer, adapter);
    }

    static HostPort freeAddress() throws IOException {
        for (int attempt = 0; attempt < 200; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 31_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return new HostPort("127.0.0.1", socket.getLocalPort());
            } catch (IOException e) {
                // taken: the next number
                continue;
            }
        }
        throw new IOException("no free port");
    }

    EtcdAdapter adapter() {
        return adapter;
    }

    /** Past the adapter, as a member does. */
    void put(String key, String value) throws Exception {
        peer.store().propose(new Command.Put(Bytes.of(key), Bytes.of(value), 0, false), Duration.ofSeconds(5)).get();
    }

    void await(Predicate<Store> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!peer.localState().read(condition::test)) {
            assertTrue(System.nanoTime() < deadline, "did not come about");
            Thread.sleep(10);
        }
    }

    String endpoint() {
        return "127.0.0.1:" + adapter.port();
    }

    String url() {
        return "http://" + endpoint();
    }

    /** Runs one until the process is ended, for trying things by hand. */
    public static void main(String[] arguments) throws Exception {
        TestServer server = start(Files.createTempDirectory("etcd-test"));
        System.out.println(server.endpoint());
        Thread.currentThread().join();
    }

    @Override
    public void close() {
        adapter.close();
        peer.close();
    }
}
