package io.matriarch.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.NamespaceNetwork;
import io.matriarch.tools.drill.ServerAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real peers are killed, frozen, cut off and filled up while clients at each of them put, compare, delete, read and
 * watch through the etcd adapter. What they were told is then checked as a whole.
 */
class LinearizabilityIT {

    private static final int OPERATIONS = Integer.getInteger("matriarch.test.operations", 100_000);
    private static final int CLIENTS_EACH = 16;
    /** A run that is slower shows nothing. */
    private static final int LEAST_RATE = 200;
    private static final long LEASE_BOUND = TimeUnit.SECONDS.toNanos(20);
    private static final String DISK = "96m";

    @TempDir
    Path dir;

    private LocalNetwork network;
    private Optional<Path> smallDisk = Optional.empty();
    private StoreCluster cluster;
    private final AtomicLong done = new AtomicLong();
    private final List<RecordingClient> clients = new ArrayList<>();
    private final List<LeaseClient> leases = new ArrayList<>();
    private final List<RecordingWatcher> watchers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        network = ServerAccount.isRoot() ? NamespaceNetwork.create(StoreCluster.SIZE) : LocalNetwork.loopback();
        for (int i = 0; i < StoreCluster.SIZE; i++) {
            Files.createDirectory(dir.resolve(Integer.toString(i)));
        }
        if (ServerAccount.isRoot()) {
            Path disk = dir.resolve(Integer.toString(StoreCluster.SIZE - 1));
            run("mount", "-t", "tmpfs", "-o", "size=" + DISK, "tmpfs", disk.toString());
            smallDisk = Optional.of(disk);
        }
        cluster = new StoreCluster(network, dir);
        cluster.start();
    }

    @AfterEach
    void stop() throws Exception {
        clients.forEach(RecordingClient::stop);
        leases.forEach(LeaseClient::stop);
        watchers.forEach(RecordingWatcher::stop);
        cluster.close();
        network.close();
        if (smallDisk.isPresent()) {
            run("umount", smallDisk.get().toString());
        }
    }

    @Test
    @Timeout(1_800)
    void historiesAreLinearizable() throws Exception {
        long seed = Long.getLong("matriarch.test.seed", System.nanoTime());
        long first = revision(0) + 1;
        for (int member = 0; member < StoreCluster.SIZE; member++) {
            RecordingWatcher watcher = new RecordingWatcher(new GatewayClient(cluster.member(member).url()), member, first);
            watchers.add(watcher);
            begin(watcher);
            for (int i = 0; i < CLIENTS_EACH; i++) {
                RecordingClient client = new RecordingClient(cluster.client(member), member, "c" + member + i, seed + clients.size(), done);
                clients.add(client);
                begin(client);
            }
            LeaseClient lease = new LeaseClient(cluster.client(member), member, "l" + member, seed + 100 + member);
            leases.add(lease);
            begin(lease);
        }
        long began = System.nanoTime();
        Optional<NamespaceNetwork> packets = network instanceof NamespaceNetwork net ? Optional.of(net) : Optional.empty();
        StoreFaults faults = new StoreFaults(cluster, packets, smallDisk);
        faults.strikeAll();
        while (done.get() < OPERATIONS) {
            long before = done.get();
            TimeUnit.MILLISECONDS.sleep(500);
            if (OPERATIONS > 100_000 && done.get() - before > 0) {
                faults.strikeAll();
            }
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        clients.forEach(RecordingClient::stop);
        leases.forEach(LeaseClient::stop);
        check(seed, millis, faults.done());
    }

    private void check(long seed, long millis, List<String> faults) throws Exception {
        TimeUnit.SECONDS.sleep(3); // leases end, answers come
        StoreCluster.await("every lease has ended", this::noLeases);
        long last = revision(0);
        for (RecordingWatcher watcher : watchers) {
            StoreCluster.await("a watcher has seen all", () -> watcher.next() > last);
            watcher.stop();
        }
        long checkedAt = System.nanoTime();
        assertEquals(1, cluster.digests().size(), "members differ");
        cluster.close();
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(20));
        }
        List<Operation> operations = new ArrayList<>();
        Set<String> leased = new HashSet<>();
        clients.forEach(client -> operations.addAll(client.operations()));
        leases.forEach(client -> {
            operations.addAll(client.operations());
            leased.addAll(client.keys());
        });
        List<WatchLog> logs = watchers.stream().map(RecordingWatcher::log).toList();
        List<String> found = new ArrayList<>(HistoryCheck.faults(operations, logs, leased));
        leases.forEach(client -> client.lives().forEach(life -> found.add(life.fault(ended(life.key(), logs), checkedAt, LEASE_BOUND))));
        found.removeIf(String::isEmpty);
        long unknown = operations.stream().filter(op -> op.outcome() == Operation.Outcome.UNKNOWN).count();
        System.out.printf("LinearizabilityIT: seed %d: %d operations answered, %d of unknown outcome, %d per second, %d revisions, "
                + "%d leases, %d watchers; %s: %d violations%n", seed, done.get(), unknown, done.get() * 1_000 / millis, last,
                leases.stream().mapToInt(l -> l.lives().size()).sum(), logs.size(), faults, found.size());
        assertEquals(List.of(), found);
        assertTrue(done.get() * 1_000 / millis >= LEAST_RATE, "too slow to show anything");
    }

    private static OptionalLong ended(String key, List<WatchLog> logs) {
        return logs.stream().flatMap(log -> log.entries().stream()).filter(WatchLog.Message.class::isInstance)
                .map(WatchLog.Message.class::cast).filter(message -> message.events().stream()
                        .anyMatch(e -> e.key().equals(key) && e.change().value().isEmpty()))
                .mapToLong(WatchLog.Message::received).min();
    }

    private boolean noLeases() {
        try {
            JsonNode answer = cluster.client(0).call("/v3/kv/range",
                    "{\"key\":\"" + GatewayClient.encode("lease/") + "\",\"range_end\":\"" + GatewayClient.encode("lease0") + "\"}");
            return answer.path("kvs").isEmpty();
        } catch (GatewayClient.NoAnswerException e) {
            return false; // asked again
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private long revision(int member) throws Exception {
        return cluster.client(member).call("/v3/kv/range", "{\"key\":\"AA==\"}").path("header").path("revision").asLong();
    }

    private void begin(Runnable work) {
        Thread thread = new Thread(work, "history");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, process.waitFor(), String.join(" ", command));
    }
}
