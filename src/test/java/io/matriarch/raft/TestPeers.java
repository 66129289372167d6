package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.PeerPart;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/** Peers on loopback ports, in this process, for tests. */
final class TestPeers implements AutoCloseable {

    static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int TRIES = 6;

    private final Path root;
    private final List<HostPort> addresses = new ArrayList<>();
    private final List<RatisPeer> running = new ArrayList<>();
    private PeerOptions options = PeerOptions.standard();
    private PeerPart part = PeerPart.VOTER;

    TestPeers(Path root, int size) throws IOException {
        this.root = root;
        for (int i = 0; i < size; i++) {
            addresses.add(freeAddress());
            running.add(null);
        }
    }

    TestPeers with(PeerOptions changed) {
        this.options = changed;
        return this;
    }

    TestPeers with(PeerPart changed) {
        this.part = changed;
        return this;
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

    List<HostPort> addresses() {
        return addresses;
    }

    Path directory(int i) {
        return root.resolve("peer" + i);
    }

    RaftConfig config(int i) {
        List<HostPort> partners = new ArrayList<>(addresses);
        HostPort self = partners.remove(i);
        return config(self, partners, directory(i)).with(part);
    }

    static RaftConfig config(HostPort self, List<HostPort> partners, Path directory) {
        return new RaftConfig(directory, Optional.of(self), Optional.empty(), partners, Duration.ofMillis(2500), "test");
    }

    TestPeers startAll() throws RaftStartException {
        for (int i = 0; i < addresses.size(); i++) {
            start(i);
        }
        return this;
    }

    RatisPeer start(int i) throws RaftStartException {
        running.set(i, RatisPeer.start(config(i), options));
        return running.get(i);
    }

    void stop(int i) {
        running.get(i).close();
        running.set(i, null);
    }

    RatisPeer get(int i) {
        return running.get(i);
    }

    int leader() {
        int[] found = {-1};
        await("a Raft leader", () -> {
            for (int i = 0; i < running.size(); i++) {
                if (running.get(i) != null && running.get(i).isRaftLeader()) {
                    found[0] = i;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not reached in time: " + what);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    /** Proposes until it is done: the commands of the tests may be applied twice. */
    static Result propose(ReplicatedStore store, Command command) {
        ReplicatedStore.Outcome outcome = store.propose(command, PATIENCE).join();
        for (int i = 0; i < TRIES && outcome instanceof ReplicatedStore.Outcome.Unknown; i++) {
            outcome = store.propose(command, PATIENCE).join();
        }
        return result(outcome);
    }

    static Result put(ReplicatedStore store, String key, String value) {
        return propose(store, new Command.Put(Bytes.of(key), Bytes.of(value), 0, false));
    }

    static Optional<String> get(ReplicatedStore store, String key, ReplicatedStore.Consistency consistency) {
        Result.RangeResult range = (Result.RangeResult) result(store.range(
                RangeRequest.of(Bytes.of(key), Bytes.EMPTY), consistency, LONG).join());
        return range.kvs().stream().findFirst().map(kv -> kv.value().utf8());
    }

    static Result result(ReplicatedStore.Outcome outcome) {
        if (outcome instanceof ReplicatedStore.Outcome.Done done) {
            return done.applied().result();
        }
        throw new AssertionError("no answer: " + outcome);
    }

    @Override
    public void close() {
        running.stream().filter(Objects::nonNull).map(peer -> CompletableFuture.runAsync(peer::close)).toList()
                .forEach(CompletableFuture::join);
    }
}
