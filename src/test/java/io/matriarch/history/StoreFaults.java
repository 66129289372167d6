package io.matriarch.history;

import io.matriarch.tools.drill.NamespaceNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What is done to a group of peers while clients use it: one thing after the other, each with time to recover. One thread. */
final class StoreFaults {

    /** Longer than any lease and any election. */
    private static final long FAULT_MILLIS = 5_000;
    private static final long CALM_MILLIS = 1_000;

    private final StoreCluster cluster;
    private final Optional<NamespaceNetwork> network;
    private final Optional<Path> smallDisk;
    private final List<String> done = new ArrayList<>();

    /**
     * @param network   when packets can be dropped
     * @param smallDisk where the data of the last member is when it has a small disk of its own
     */
    StoreFaults(StoreCluster cluster, Optional<NamespaceNetwork> network, Optional<Path> smallDisk) {
        this.cluster = cluster;
        this.network = network;
        this.smallDisk = smallDisk;
    }

    private interface Fault {
        void strike() throws IOException, InterruptedException;
    }

    /** What was done so far. */
    List<String> done() {
        return done;
    }

    /** All of it once. */
    void strikeAll() throws IOException, InterruptedException {
        Map<String, Fault> faults = new java.util.LinkedHashMap<>();
        faults.put("Raft leader killed", () -> kill(cluster.leader()));
        faults.put("Raft leader frozen", () -> freeze(cluster.leader()));
        faults.put("follower frozen", () -> freeze((cluster.leader() + 1) % StoreCluster.SIZE));
        network.ifPresent(net -> {
            faults.put("Raft leader apart", () -> part(net, cluster.leader(), true, true));
            faults.put("Raft leader deaf", () -> part(net, cluster.leader(), false, true));
            faults.put("Raft leader dumb", () -> part(net, cluster.leader(), true, false));
        });
        smallDisk.ifPresent(disk -> faults.put("full disk", () -> fill(disk)));
        faults.put("away until the log is gone", () -> leaveBehind((cluster.leader() + 1) % StoreCluster.SIZE));
        faults.put("all killed", this::killAll);
        for (Map.Entry<String, Fault> fault : faults.entrySet()) {
            fault.getValue().strike();
            cluster.awaitHealthy();
            done.add(fault.getKey());
            TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
        }
    }

    private void kill(int member) throws IOException, InterruptedException {
        cluster.member(member).kill();
        TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
        cluster.member(member).start();
    }

    private void killAll() throws IOException {
        for (int i = 0; i < StoreCluster.SIZE; i++) {
            cluster.member(i).kill();
        }
        for (int i = 0; i < StoreCluster.SIZE; i++) {
            cluster.member(i).start();
        }
    }

    private void freeze(int member) throws IOException, InterruptedException {
        cluster.member(member).signal("STOP");
        try {
            TimeUnit.MILLISECONDS.sleep(FAULT_MILLIS);
        } finally {
            cluster.member(member).signal("CONT");
        }
    }

    /** Its clients still reach it. */
    private static void part(NamespaceNetwork network, int member, boolean outgoing, boolean incoming) throws InterruptedException {
        for (int other : IntStream.range(0, StoreCluster.SIZE).filter(i -> i != member).toArray()) {
            if (outgoing) {
                network.block(member, other);
            }
            if (incoming) {
                network.block(other, member);
            }
        }
        TimeUnit.MILLISECONDS.sleep(FAULT_MILLIS);
        network.unblock();
    }

    private void fill(Path disk) throws IOException, InterruptedException {
        Path ballast = disk.resolve("ballast");
        Process full = new ProcessBuilder("dd", "if=/dev/zero", "of=" + ballast, "bs=64k").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        full.waitFor();
        TimeUnit.MILLISECONDS.sleep(FAULT_MILLIS);
        Files.delete(ballast);
        StoreMember member = cluster.member(StoreCluster.SIZE - 1);
        if (!member.isRunning()) {
            member.start(); // as its supervisor would
        }
    }

    /** Comes back when the others have purged what it lacks, so that it needs a snapshot. */
    private void leaveBehind(int member) throws IOException, InterruptedException {
        cluster.member(member).kill();
        long had = cluster.snapshotIndex(cluster.leader());
        StoreCluster.await("two snapshots later", () -> snapshots() > had + 10_000);
        cluster.member(member).start();
    }

    private long snapshots() {
        try {
            return cluster.snapshotIndex(cluster.leader());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Long.MAX_VALUE;
        }
    }
}
