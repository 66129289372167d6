package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.raft.GroupStatus.Formation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which storage may speak for which address. */
class IdentityIT {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @TempDir
    Path root;

    @Test
    void anOperatorLetsTheGroupFormWithoutOneThatIsTakenInLater() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3)) {
            peers.start(0);
            peers.start(1);
            HostPort away = peers.addresses().get(2);
            try (RemoteStore operator = RemoteStore.connect(peers.addresses(), "test")) {
                assertEquals(2, operator.formWithout(List.of(away), PATIENCE).size());
            }
            TestPeers.put(peers.get(0).store(), "k", "1");
            assertEquals(2, peers.get(peers.leader()).status().peers().size());
            peers.start(2);
            TestPeers.await("it is taken in", () -> peers.get(2).status().formation() == Formation.FORMED);
            assertEquals(Optional.of("1"), TestPeers.get(peers.get(2).store(), "k", Consistency.LINEARIZABLE));
            try (RemoteStore operator = RemoteStore.connect(peers.addresses(), "test")) {
                operator.formWithout(List.of(away), PATIENCE).values()
                        .forEach(said -> assertTrue(said.contains("belongs to a group already"), said));
            }
        }
    }

    @Test
    void aCopiedConfigurationIsRefused() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            RaftConfig original = peers.config(0);
            RaftConfig copy = new RaftConfig(root.resolve("other host"), original.selfAddr(),
                    Optional.of(TestPeers.freeAddress()), original.partnerAddrs(), original.leaderLease(), "test");
            says(copy, "Another peer answers at " + original.selfAddr().orElseThrow(), "its own raft.self_addr");
            TestPeers.put(peers.get(0).store(), "k", "1");
            assertEquals(3, peers.get(0).status().peers().size());
        }
    }

    @Test
    void aCopiedStorageNeverVotesEvenWhenTheOriginalIsAway() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            TestPeers.put(peers.get(0).store(), "k", "1");
            peers.stop(2);
            Path copied = root.resolve("copy");
            LogFiles.copy(peers.directory(2), copied);
            peers.start(2);
            RaftConfig copy = TestPeers.config(TestPeers.freeAddress(), peers.addresses(), copied);
            says(copy, "is a copy of the one of the peer at " + peers.addresses().get(2), copied.toString());
            peers.stop(2);
            says(copy, "is a copy of the one of the peer at " + peers.addresses().get(2), "Move the directory away");
            peers.start(2);
            TestPeers.put(peers.get(2).store(), "k", "2");
        }
    }

    @Test
    void aPeerWhoseAddressChangedTakesItsOldPlaceUnderANewIdentity() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            TestPeers.put(peers.get(0).store(), "k", "1");
            String before = peers.get(2).server().id().toString();
            peers.stop(2);
            HostPort now = TestPeers.freeAddress();
            List<HostPort> partners = new ArrayList<>(peers.addresses().subList(0, 2));
            try (RatisPeer moved = RatisPeer.start(TestPeers.config(now, partners, peers.directory(2)),
                    PeerOptions.standard())) {
                TestPeers.await("it is taken in", () -> moved.status().formation() == Formation.FORMED);
                assertNotEquals(before, moved.server().id().toString());
                assertEquals(Optional.of("1"), TestPeers.get(moved.store(), "k", Consistency.LINEARIZABLE));
                List<HostPort> members = moved.status().peers().stream().map(GroupStatus.PeerStatus::address).toList();
                assertEquals(3, members.size());
                assertTrue(members.contains(now), members.toString());
                assertTrue(Files.isDirectory(peers.directory(2).resolve("set-aside")));
            }
        }
    }

    @Test
    void aPeerAloneMayChangeItsAddress() throws Exception {
        Path directory = root.resolve("alone");
        try (RatisPeer peer = RatisPeer.start(TestPeers.config(TestPeers.freeAddress(), List.of(), directory),
                PeerOptions.standard())) {
            TestPeers.put(peer.store(), "k", "1");
        }
        HostPort now = TestPeers.freeAddress();
        HostPort second = TestPeers.freeAddress();
        try (RatisPeer peer = RatisPeer.start(TestPeers.config(now, List.of(), directory), PeerOptions.standard())) {
            assertEquals(Optional.of("1"), TestPeers.get(peer.store(), "k", Consistency.LINEARIZABLE));
            try (RatisPeer other = RatisPeer.start(TestPeers.config(second, List.of(now), root.resolve("second")),
                    PeerOptions.standard())) {
                TestPeers.await("it is taken in", () -> other.status().formation() == Formation.FORMED);
                assertEquals(Optional.of("1"), TestPeers.get(other.store(), "k", Consistency.LINEARIZABLE));
                assertEquals(List.of(now, second).stream().map(HostPort::toString).sorted().toList(),
                        other.status().peers().stream().map(p -> p.address().toString()).toList());
            }
        }
    }

    @Test
    void aPeerThatReturnsAfterItsReplacementStopsAndTheStoreGoesOnThroughTheOthers() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            TestPeers.put(peers.get(0).store(), "k", "1");
            String old = peers.get(2).server().id().toString();
            peers.stop(2);
            Path kept = root.resolve("kept");
            Files.move(peers.directory(2), kept);
            peers.start(2);
            TestPeers.await("the replacement is taken in", () -> peers.get(2).status().formation() == Formation.FORMED);
            String replacement = peers.get(2).server().id().toString();
            assertNotEquals(old, replacement);
            peers.stop(2);
            Files.move(peers.directory(2), root.resolve("replacement"));
            Files.move(kept, peers.directory(2));

            RatisPeer returned = peers.start(2);
            assertFalse(returned.ended().get(30, java.util.concurrent.TimeUnit.SECONDS).curedByRestart());
            assertEquals(Formation.STOPPED, returned.status().formation());
            assertTrue(returned.status().explanation().contains("move " + peers.directory(2) + " away"),
                    returned.status().explanation());
            worksThroughTheOthers(returned);
            peers.stop(2);
            RatisPeer again = peers.start(2);
            assertTrue(again.ended().isDone(), "it is known at once");
            worksThroughTheOthers(again);
            List<String> members = peers.get(peers.leader()).status().peers().stream().map(GroupStatus.PeerStatus::id).toList();
            assertTrue(members.contains(replacement) && !members.contains(old), members.toString());
        }
    }

    private static void worksThroughTheOthers(RatisPeer closed) {
        assertTrue(closed.server().isStopped());
        try (Dcs dcs = new StoreDcs(closed.store(), ClusterKeys.of("/service", "main"))) {
            LeaseId lease = new LeaseId(System.nanoTime());
            MemberName me = new MemberName("m");
            assertTrue(dcs.acquireLock(me, lease, Duration.ofSeconds(20), PATIENCE) instanceof WriteResult.Applied);
            assertTrue(dcs.renewLock(lease, new Lsn(1), Duration.ofSeconds(20), PATIENCE).join()
                    instanceof WriteResult.Applied);
            var view = dcs.view(Duration.ofSeconds(1), PATIENCE).orElseThrow();
            assertEquals(me, view.leader().orElseThrow().holder());
            assertTrue(dcs.releaseLock(view.leader().orElseThrow(), Optional.empty(), PATIENCE)
                    instanceof WriteResult.Applied);
        }
    }

    private static void says(RaftConfig config, String... parts) {
        RaftStartException e = assertThrows(RaftStartException.class, () ->
                RatisPeer.start(config, PeerOptions.standard()).close());
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }
}
