package io.matriarch.etcdapi;

import io.matriarch.agent.PeerGroup;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RatisPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** A group of one real peer in this process, with the adapter in front. */
final class TestServer implements AutoCloseable {

    private final RatisPeer peer;
    private final EtcdAdapter adapter;

    private TestServer(RatisPeer peer, EtcdAdapter adapter) {
        this.peer = peer;
        this.adapter = adapter;
    }

    static TestServer start(Path directory) throws Exception {
        HostPort raft = freeAddress();
        RaftConfig config = new RaftConfig(directory, Optional.of(raft), Optional.empty(), List.of(),
                Duration.ofMillis(2500), "etcd-test");
        RatisPeer peer = RatisPeer.start(config, PeerOptions.standard());
        HostPort client = freeAddress();
        EtcdAdapter adapter = EtcdAdapter.start(client, List.of("http://" + client),
                new EtcdPorts(peer.store(), peer.localState(), new PeerGroup(peer, config.group()), "m1"));
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
