package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.store.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three peers in processes of their own, on disks that fill up or take long to write. */
class DiskFaultsIT {

    private static final String DISK = "64m";
    private static final int SLOW_FSYNC_MILLIS = 1_500;
    /** Longer than the usual one, since the machine of a test is busy with other things; a stuck leader is stuck for ever. */
    private static final long LEASE_MILLIS = 6_000;
    private static final String SHIM = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <time.h>
            static void wait_as_told(void) {
                const char *name = getenv("SLOW_SYNC_FILE");
                FILE *file = name ? fopen(name, "r") : 0;
                long millis = 0;
                if (file) {
                    if (fscanf(file, "%ld", &millis) != 1) millis = 0;
                    fclose(file);
                }
                struct timespec time = {millis / 1000, millis % 1000 * 1000000L};
                if (millis > 0) nanosleep(&time, 0);
            }
            #define SLOW(name) int name(int fd) { static int (*real)(int); \\
                if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, #name); wait_as_told(); return real(fd); }
            SLOW(fsync)
            SLOW(fdatasync)
            """;

    @TempDir
    Path root;

    private final List<HostPort> addresses = new ArrayList<>();
    private final List<PeerProcess> processes = new ArrayList<>();
    private final List<Path> mounted = new ArrayList<>();
    private RemoteStore store;

    @AfterEach
    void stop() throws Exception {
        for (PeerProcess process : processes) {
            process.kill();
        }
        if (store != null) {
            store.close();
        }
        for (Path disk : mounted) {
            run("umount", disk.toString());
        }
    }

    @Test
    void aFollowerWhoseDiskIsFullStopsInTimeAndComesBackByItself() throws Exception {
        formOnSmallDisks();
        int victim = (leader() + 1) % 3;
        fill(victim);
        awaitStopped(victim);
        assertTrue(status().explanation().contains("the disk is full"), status().explanation());
        TestPeers.put(store, "meanwhile", "1");
        assertTrue(Files.size(LogFiles.find(disk(victim), "raft-meta")) > 0);
        Files.delete(disk(victim).resolve("filler"));
        awaitWhole();
        awaitLocal(victim, "meanwhile");
    }

    @Test
    void aLeaderWhoseDiskIsFullHandsOverAndStartsAgainOnTheFullDiskWithoutHarm() throws Exception {
        formOnSmallDisks();
        int victim = leader();
        fill(victim);
        TestPeers.await("another leads", () -> currentLeader().filter(l -> l != victim).isPresent());
        TestPeers.put(store, "meanwhile", "1");
        awaitStopped(victim);
        processes.get(victim).kill();
        fillUp(victim);
        processes.set(victim, launch(victim, Map.of()));
        awaitStopped(victim);
        assertTrue(status().explanation().contains("the disk is full"), status().explanation());
        Files.delete(disk(victim).resolve("filler"));
        awaitWhole();
        awaitLocal(victim, "meanwhile");
    }

    @Test
    void aFollowerThatWritesSlowlyDelaysNoCommit() throws Exception {
        formWithShim();
        int victim = (leader() + 1) % 3;
        long[] times = timedRenewals(victim, 12);
        System.out.println("slow follower, milliseconds of renewals: " + Arrays.toString(times));
        assertTrue(times[times.length / 2] < SLOW_FSYNC_MILLIS / 2, "the median waited for the slow disk");
        slow(victim, 0);
        awaitWhole();
    }

    @Test
    void aLeaderThatWritesSlowlyLosesNoLease() throws Exception {
        formWithShim();
        int victim = leader();
        long[] times = timedRenewals(victim, 16);
        System.out.println("slow leader, milliseconds of renewals: " + Arrays.toString(times) + ", led by it still: "
                + currentLeader().filter(l -> l == victim).isPresent());
        slow(victim, 0);
        awaitWhole();
    }

    /** Renews a lease as its holder does while a disk is slow; fails when it is lost. The times come sorted. */
    private long[] timedRenewals(int slowPeer, int count) throws Exception {
        TestPeers.propose(store, new Command.LeaseGrant(701, LEASE_MILLIS));
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            if (i == 2) {
                slow(slowPeer, SLOW_FSYNC_MILLIS);
            }
            long sent = System.nanoTime();
            Outcome outcome = store.propose(new Command.LeaseRenew(701, 0, 0), Duration.ofMillis(300)).join();
            while (!(outcome instanceof Outcome.Done)) {
                assertTrue(System.nanoTime() - sent < TestPeers.LONG.toNanos(), "no renewal got through: " + outcome);
                outcome = store.propose(new Command.LeaseRenew(701, 0, 0), Duration.ofMillis(300)).join();
            }
            times[i] = Duration.ofNanos(System.nanoTime() - sent).toMillis();
            Outcome last = outcome;
            assertTrue(TestPeers.result(outcome) instanceof io.matriarch.store.Result.LeaseResult,
                    () -> "the lease was lost: " + last + " after " + Arrays.toString(times));
            Thread.sleep(500);
        }
        Arrays.sort(times);
        return times;
    }

    private void formOnSmallDisks() throws Exception {
        for (int i = 0; i < 3; i++) {
            Files.createDirectory(disk(i));
            Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=" + DISK, "tmpfs", disk(i).toString()) == 0,
                    "a small disk can be mounted only by root");
            mounted.add(disk(i));
        }
        form(List.of(Map.of(), Map.of(), Map.of()));
        TestPeers.await("the reserves are taken", () -> {
            boolean all = true;
            for (int i = 0; i < 3; i++) {
                all &= Files.exists(disk(i).resolve("peer").resolve("reserve"));
            }
            return all;
        });
    }

    private void formWithShim() throws Exception {
        Path source = root.resolve("slow.c");
        Path library = root.resolve("slow.so");
        Files.writeString(source, SHIM);
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc"))
                && run("/usr/bin/cc", "-shared", "-fPIC", "-o", library.toString(), source.toString()) == 0,
                "needs a C compiler");
        List<Map<String, String>> environments = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Files.createDirectory(disk(i));
            slow(i, 0);
            environments.add(Map.of("LD_PRELOAD", library.toString(), "SLOW_SYNC_FILE", delay(i).toString()));
        }
        form(environments);
    }

    private void form(List<Map<String, String>> environments) throws Exception {
        for (int i = 0; i < 3; i++) {
            addresses.add(TestPeers.freeAddress());
        }
        for (int i = 0; i < 3; i++) {
            processes.add(launch(i, environments.get(i)));
        }
        store = RemoteStore.connect(addresses, "test");
        awaitWhole();
        TestPeers.put(store, "first", "1");
    }

    private PeerProcess launch(int i, Map<String, String> environment) throws IOException {
        List<HostPort> partners = new ArrayList<>(addresses);
        HostPort self = partners.remove(i);
        return PeerProcess.start(self, partners, disk(i).resolve("peer"), environment);
    }

    private Path disk(int i) {
        return root.resolve("disk" + i);
    }

    private Path delay(int i) {
        return root.resolve("delay" + i);
    }

    private void slow(int i, int millis) throws IOException {
        Files.writeString(delay(i), Integer.toString(millis));
    }

    /** Leaves less than the peer needs, a little at a time, as a log that grows does. */
    private void fill(int i) throws IOException {
        long left = Files.getFileStore(disk(i)).getUsableSpace() - DiskSpace.LEAST / 2;
        Files.write(disk(i).resolve("filler"), new byte[Math.toIntExact(left)]);
    }

    private void fillUp(int i) throws IOException {
        long left = Files.getFileStore(disk(i)).getUsableSpace();
        Files.write(disk(i).resolve("filler"), new byte[Math.toIntExact(left)], java.nio.file.StandardOpenOption.APPEND);
        assertEquals(0, Files.getFileStore(disk(i)).getUsableSpace());
    }

    private void awaitStopped(int i) {
        try (RemoteStore one = RemoteStore.connect(List.of(addresses.get(i)), "test")) {
            TestPeers.await("it stopped", () -> one.groupStatus(Duration.ofSeconds(1)).map(GroupStatus::explanation)
                    .filter(e -> e.contains("the disk is full")).isPresent());
        }
    }

    private void awaitLocal(int i, String key) {
        try (RemoteStore one = RemoteStore.connect(List.of(addresses.get(i)), "test")) {
            TestPeers.await("it caught up", () ->
                    TestPeers.get(one, key, Consistency.LOCAL).equals(Optional.of("1")));
        }
    }

    private GroupStatus status() {
        return store.groupStatus(Duration.ofSeconds(3)).orElseThrow(() -> new AssertionError("no peer answers"));
    }

    private void awaitWhole() {
        TestPeers.await("three peers of one group", () -> {
            List<PeerStatus> peers = store.groupStatus(Duration.ofSeconds(3)).map(GroupStatus::peers).orElse(List.of());
            return peers.size() == 3 && peers.stream().anyMatch(PeerStatus::raftLeader) && peers.stream().allMatch(p ->
                    p.role() == GroupStatus.Role.LEADER || p.role() == GroupStatus.Role.FOLLOWER);
        });
    }

    private Optional<Integer> currentLeader() {
        return store.groupStatus(Duration.ofSeconds(3)).map(GroupStatus::peers).orElse(List.of()).stream()
                .filter(p -> p.raftLeader() && p.role() == GroupStatus.Role.LEADER).findFirst()
                .map(p -> addresses.indexOf(p.address()));
    }

    private int leader() {
        return currentLeader().orElseThrow();
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }
}
