package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group that lost the disks of two of three goes on from the third. */
class LoneSurvivorIT {

    @TempDir
    private Path root;

    @Test
    void twoOfThreeDisksAreLost() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).with(PeerOptions.standard().withSnapshotEntries(60)).startAll()) {
            for (int i = 0; i < 150; i++) {
                TestPeers.put(peers.get(i % 3).store(), "k" + i % 10, "v" + i);
            }
            long term = peers.get(0).status().peers().stream().mapToLong(GroupStatus.PeerStatus::term).max().orElseThrow();
            long revision = revision(peers.get(0));
            assertTrue(assertThrows(RaftStartException.class, () -> LoneSurvivor.open(peers.config(0))).getMessage()
                    .contains("is in use by another process"));
            peers.stop(0);
            assertTrue(refusal(peers).contains("The group has its majority"), refusal(peers));
            peers.stop(1);
            assertTrue(refusal(peers).contains("and with this peer that is 2 of 3 voters"), refusal(peers));
            peers.stop(2);
            Path record = peers.directory(0).resolve("peer.properties");
            byte[] before = Files.readAllBytes(record);
            String words = forced(peers);
            Files.write(record, before); // as if it had been broken off between its two writes
            forced(peers);
            assertTrue(words.matches("lose 127.0.0.1:\\d+, 127.0.0.1:\\d+ and every write after entry \\d+"), words);
            RatisPeer survivor = peers.start(0);
            TestPeers.put(survivor.store(), "after", "1");
            assertEquals(Optional.of("v149"), TestPeers.get(survivor.store(), "k9", Consistency.LINEARIZABLE));
            assertEquals(1, survivor.status().voters().size());
            assertTrue(survivor.status().peers().get(0).term() > term, "the term went on");
            assertEquals(revision + 1, revision(survivor));
            RatisPeer former = peers.start(1);
            TestPeers.await("a former peer says that it is out", () -> former.ended().isDone());
            peers.stop(1);
            assertEquals(Optional.of("v149"), TestPeers.get(survivor.store(), "k9", Consistency.LINEARIZABLE));
            assertEquals(1, survivor.status().voters().size());
            Files.move(peers.directory(1), root.resolve("lost1"));
            Files.move(peers.directory(2), root.resolve("lost2"));
            peers.start(1);
            peers.start(2);
            TestPeers.await("the others are taken in", () -> survivor.status().voters().size() == 3);
            assertEquals(Optional.of("v149"), TestPeers.get(peers.get(2).store(), "k9", Consistency.LINEARIZABLE));
            peers.stop(0);
            RatisPeer again = peers.start(0);
            TestPeers.await("it comes back into the group of three", () -> again.status().voters().size() == 3
                    && again.status().peers().stream().anyMatch(GroupStatus.PeerStatus::raftLeader));
            assertEquals(Optional.of("1"), TestPeers.get(again.store(), "after", Consistency.LINEARIZABLE));
        }
    }

    /** Of all that was acknowledged before. */
    private static long revision(RatisPeer peer) {
        assertTrue(peer.localState().current(Duration.ofSeconds(10)).join());
        return peer.localState().read(Store::revision);
    }

    @Test
    void whatBelongsToNoGroupIsNotForced() throws Exception {
        HostPort self = TestPeers.freeAddress();
        Files.createDirectories(root.resolve("empty"));
        assertTrue(assertThrows(RaftStartException.class, () -> LoneSurvivor.open(TestPeers.config(self,
                List.of(TestPeers.freeAddress()), root.resolve("empty")))).getMessage().contains("belongs to no group"));
    }

    private static String refusal(TestPeers peers) {
        return assertThrows(RaftStartException.class, () -> LoneSurvivor.open(peers.config(0))).getMessage();
    }

    private static String forced(TestPeers peers) throws Exception {
        try (LoneSurvivor survivor = LoneSurvivor.open(peers.config(0))) {
            assertEquals(new TreeSet<>(peers.addresses().subList(1, 3).stream().map(HostPort::toString).toList()),
                    new TreeSet<>(survivor.givenUp().isEmpty() ? peers.addresses().subList(1, 3).stream().map(HostPort::toString)
                            .toList() : survivor.givenUp().stream().map(HostPort::toString).toList()));
            survivor.found();
            return survivor.confirmation();
        }
    }
}
