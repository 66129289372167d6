package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.raft.GroupStatus.Formation;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How groups begin, grow, shrink and keep their disks small. */
class GroupLifeIT {

    /** The figure for a long run is given by the system property; the files stay within the bound at any. */
    private static final int COMMANDS = Integer.getInteger("matriarch.test.commands", 6_000);

    @TempDir
    Path root;

    @Test
    void aPeerAloneIsAWorkingStoreAndOthersJoinByThemselves() throws Exception {
        HostPort a = TestPeers.freeAddress();
        HostPort b = TestPeers.freeAddress();
        HostPort c = TestPeers.freeAddress();
        try (RatisPeer first = start(a, List.of(), "a")) {
            TestPeers.put(first.store(), "k", "1");
            try (RatisPeer second = start(b, List.of(a), "b"); RatisPeer third = start(c, List.of(a, b), "c")) {
                for (RatisPeer peer : List.of(second, third)) {
                    TestPeers.await("it joins", () -> peer.status().formation() == Formation.FORMED);
                    assertEquals(Optional.of("1"), TestPeers.get(peer.store(), "k", Consistency.LINEARIZABLE));
                }
                TestPeers.await("all know each other", () -> first.status().peers().size() == 3);
                TestPeers.put(third.store(), "k", "2");
                first.close();
                TestPeers.put(second.store(), "k", "3");
                assertEquals(Optional.of("3"), TestPeers.get(third.store(), "k", Consistency.LINEARIZABLE));
            }
        }
    }

    @Test
    void theGroupWaitsForEveryListedAddressAndNamesTheMissing() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3)) {
            peers.start(0);
            peers.start(1);
            List<HostPort> missing = List.of(peers.addresses().get(2));
            for (int i = 0; i < 2; i++) {
                RatisPeer peer = peers.get(i);
                TestPeers.await("the missing one is named", () -> peer.status().missing().equals(missing));
            }
            assertTrue(peers.get(0).store().propose(new Command.Barrier(), Duration.ofMillis(200)).join()
                    instanceof Outcome.Unknown);
            peers.start(2);
            peers.leader();
            TestPeers.put(peers.get(0).store(), "k", "1");
        }
    }

    @Test
    void twoWipedPeersOfThreeDoNotFoundASecondGroup() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            TestPeers.put(peers.get(0).store(), "k", "1");
            TestPeers.await("everybody has it", () -> TestPeers.get(peers.get(0).store(), "k", Consistency.LOCAL)
                    .isPresent());
            peers.stop(1);
            peers.stop(2);
            wipe(peers.directory(1));
            wipe(peers.directory(2));
            peers.start(1);
            peers.start(2);
            for (int i = 1; i < 3; i++) {
                RatisPeer wiped = peers.get(i);
                TestPeers.await("it says what is in the way", () -> wiped.status().formation() == Formation.JOINING
                        && wiped.status().explanation().contains("no Raft leader"));
            }
            TestPeers.await("the survivor knows that it is cut off", () ->
                    peers.get(0).store().localAge().compareTo(Duration.ofSeconds(2)) > 0);
            assertFalse(peers.get(0).isRaftLeader());
            assertEquals(Optional.of("1"), TestPeers.get(peers.get(0).store(), "k", Consistency.LOCAL));
        }
    }

    @Test
    void aPeerThatMissedThePurgedLogGetsASnapshot() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).with(PeerOptions.standard().withSnapshotEntries(300)).startAll()) {
            peers.leader();
            TestPeers.put(peers.get(2).store(), "first", "1");
            long stoppedAt = peers.get(2).status().peers().stream().filter(GroupStatus.PeerStatus::self).findFirst()
                    .orElseThrow().appliedIndex();
            peers.stop(2);
            byte[] big = new byte[8192];
            ReplicatedStore store = peers.get(0).store();
            List<CompletableFuture<Outcome>> puts = new ArrayList<>();
            for (int i = 0; i < 700; i++) {
                puts.add(store.propose(new Command.Put(Bytes.of("k" + i % 100), Bytes.of(big), 0, false), TestPeers.LONG));
            }
            puts.forEach(CompletableFuture::join);
            TestPeers.put(store, "last", "1");
            TestPeers.await("the leader purged what the other misses", () ->
                    firstLogIndex(peers.directory(peers.leader())) > stoppedAt + 10);
            peers.start(2);
            TestPeers.await("it has caught up", () ->
                    TestPeers.get(peers.get(2).store(), "last", Consistency.LOCAL).isPresent());
            assertTrue(firstLogIndex(peers.directory(2)) > stoppedAt + 10, "the log was replayed, not a snapshot installed");
            try (Stream<Path> left = Files.walk(peers.directory(2))) {
                assertEquals(List.of(), left.filter(p -> p.getFileName().toString().startsWith("snapshot-")).toList());
            }
            TestPeers.put(peers.get(2).store(), "after", "1");
            assertEquals(Optional.of("1"), TestPeers.get(peers.get(2).store(), "first", Consistency.LINEARIZABLE));
        }
    }

    /** The peer that got a snapshot leads then: it neither ends the lease early nor keeps it for ever. */
    @Test
    void aLeaseIsNeitherLostNorProlongedBySnapshotThatIsInstalled() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).with(PeerOptions.standard().withSnapshotEntries(300)).startAll()) {
            peers.leader();
            ReplicatedStore store = peers.get(0).store();
            peers.stop(2);
            List<CompletableFuture<Outcome>> puts = new ArrayList<>();
            for (int i = 0; i < 700; i++) {
                puts.add(store.propose(new Command.Put(Bytes.of("k" + i % 100), Bytes.of(new byte[8192]), 0, false),
                        TestPeers.LONG));
            }
            puts.forEach(CompletableFuture::join);
            Duration ttl = Duration.ofMillis(2500);
            TestPeers.propose(store, new Command.LeaseGrant(800, ttl.toMillis()));
            TestPeers.propose(store, new Command.Put(Bytes.of("leased"), Bytes.of("x"), 800, false));
            AtomicLong lastSent = new AtomicLong();
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Boolean> holder = CompletableFuture.supplyAsync(() -> hold(store, 800, lastSent, over));
            peers.start(2);
            TestPeers.await("it has caught up", () ->
                    TestPeers.get(peers.get(2).store(), "leased", Consistency.LOCAL).isPresent());
            for (int i = 0; i < 20 && !peers.get(2).isRaftLeader(); i++) {
                peers.get(peers.leader()).transferLeadershipAway().join();
            }
            over.set(true);
            assertTrue(holder.join(), "the lease was lost");
            TestPeers.await("the lease ends", () ->
                    TestPeers.get(store, "leased", Consistency.LINEARIZABLE).isEmpty());
            assertTrue(System.nanoTime() - lastSent.get() >= ttl.toNanos(), "it ended before its time");
        }
    }

    private static boolean hold(ReplicatedStore store, long lease, AtomicLong lastSent, AtomicBoolean over) {
        while (!over.get()) {
            long sent = System.nanoTime();
            Outcome outcome = store.propose(new Command.LeaseRenew(lease, 0, 0), Duration.ofMillis(300)).join();
            if (outcome instanceof Outcome.Done done) {
                if (!(done.applied().result() instanceof Result.LeaseResult)) {
                    return false;
                }
                lastSent.set(sent);
                LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
            }
        }
        return true;
    }

    @Test
    void theLogStaysSmall() throws Exception {
        try (RatisPeer alone = start(TestPeers.freeAddress(), List.of(), "alone")) {
            Semaphore inFlight = new Semaphore(64);
            byte[] value = new byte[2000];
            List<CompletableFuture<Outcome>> failed = new ArrayList<>();
            long largest = 0;
            for (int i = 0; i < COMMANDS; i++) {
                inFlight.acquire();
                CompletableFuture<Outcome> future = alone.store().propose(
                        new Command.Put(Bytes.of("k" + i % 1000), Bytes.of(value), 0, false), TestPeers.LONG);
                future.thenAccept(outcome -> inFlight.release());
                if (i % 500 == 0) {
                    future.join();
                    largest = Math.max(largest, size(root.resolve("alone")));
                }
                if (future.isDone() && !(future.join() instanceof Outcome.Done)) {
                    failed.add(future);
                }
            }
            assertEquals(List.of(), failed);
            TestPeers.put(alone.store(), "end", "1");
            assertTrue(alone.status().peers().get(0).commitIndex() > COMMANDS);
            System.out.println("largest log directory after " + COMMANDS + " commands: " + (largest >> 10) + " KiB");
            assertTrue(largest < 64L << 20, "largest directory: " + largest);
        }
    }

    @Test
    void aCallIsAppliedOnceThroughChangesOfTheLeader() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            long done = 0;
            long unknown = 0;
            for (int round = 0; round < 4; round++) {
                int leader = peers.leader();
                List<CompletableFuture<Outcome>> calls = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    calls.add(peers.get(i % 3).store().propose(
                            new Command.Put(Bytes.of("count"), Bytes.of("v"), 0, false), TestPeers.LONG));
                    if (i == 30) {
                        peers.get(leader).transferLeadershipAway();
                    }
                }
                for (CompletableFuture<Outcome> call : calls) {
                    if (call.join() instanceof Outcome.Done) {
                        done++;
                    } else {
                        unknown++;
                    }
                }
            }
            Result.RangeResult range = (Result.RangeResult) TestPeers.result(peers.get(0).store().range(
                    RangeRequest.of(Bytes.of("count"), Bytes.EMPTY), Consistency.LINEARIZABLE, TestPeers.LONG).join());
            long applied = range.kvs().get(0).version();
            assertTrue(applied >= done && applied <= done + unknown, applied + " applied, " + done + " done, " + unknown
                    + " unknown");
        }
    }

    @Test
    void aPeerThatRatisClosedIsOpenedAgain() throws Exception {
        try (RatisPeer alone = start(TestPeers.freeAddress(), List.of(), "alone")) {
            TestPeers.put(alone.store(), "k", "1");
            alone.server().division().orElseThrow().close();
            TestPeers.put(alone.store(), "k", "2");
            assertEquals(Optional.of("2"), TestPeers.get(alone.store(), "k", Consistency.LINEARIZABLE));
        }
    }

    @Test
    void aPeerThatTheGroupRemovedSaysSo() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            EmbeddedServer leader = peers.get(peers.leader()).server();
            RatisPeer removed = peers.get((peers.leader() + 1) % 3);
            TestPeers.await("all are members", () -> leader.peers().size() == 3);
            List<RaftPeer> next = leader.peers().stream()
                    .filter(p -> !p.getId().toString().equals(removed.server().id().toString())).toList();
            leader.changePeers(leader.peers(), next, Duration.ofSeconds(10));
            TestPeers.await("it says that it is out", () -> removed.status().formation() == Formation.STOPPED
                    && removed.status().explanation().contains("removed from the group"));
        }
    }

    private RatisPeer start(HostPort self, List<HostPort> partners, String name) throws RaftStartException {
        return RatisPeer.start(TestPeers.config(self, partners, root.resolve(name)), PeerOptions.standard());
    }

    private static long firstLogIndex(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(p -> p.getFileName().toString()).filter(n -> n.startsWith("log_"))
                    .mapToLong(n -> Long.parseLong(n.replaceAll("^log_(inprogress_)?(\\d+).*$", "$2"))).min().orElse(-1);
        } catch (IOException | java.io.UncheckedIOException e) {
            // a file went away while looking: look again
            return -1;
        }
    }

    private static long size(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(p -> p.toFile().length()).sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            // a file went away while looking: the next look counts
            return 0;
        }
    }

    private static void wipe(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
