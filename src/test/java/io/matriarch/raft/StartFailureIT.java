package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told when a peer cannot start. */
class StartFailureIT {

    @TempDir
    Path root;

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        HostPort address = TestPeers.freeAddress();
        try (ServerSocket other = new ServerSocket()) {
            other.bind(new InetSocketAddress(address.host(), address.port()));
            says(fails(address), "Port " + address.port(), "raft.self_addr");
        }
        RatisPeer.start(config(address), PeerOptions.standard()).close();
    }

    @Test
    void twoPeersOnOneDirectory() throws Exception {
        try (RatisPeer first = RatisPeer.start(config(TestPeers.freeAddress()), PeerOptions.standard())) {
            says(fails(TestPeers.freeAddress()), "in use by another process", directory().toString());
            assertTrue(first.status().peers().size() == 1);
        }
    }

    @Test
    void aDirectoryThatIsAFile() throws Exception {
        Files.writeString(directory(), "x");
        says(fails(TestPeers.freeAddress()), directory().toString(), "raft.data_dir");
    }

    @Test
    void withoutAnAddress() {
        RaftConfig config = new RaftConfig(directory(), Optional.empty(), Optional.empty(), List.of(),
                Duration.ofSeconds(2), "test");
        says(assertThrows(RaftStartException.class, () -> RatisPeer.start(config, PeerOptions.standard())),
                "raft.self_addr");
    }

    @Test
    void aCorruptLogIsNamedAndNotVotedWith() throws Exception {
        HostPort address = run();
        Path log = find("log_");
        byte[] content = Files.readAllBytes(log);
        for (int i = 0; i < content.length; i++) {
            if (content[i] == 'Q' && content[i + 1] == 'Q') {
                content[i] = 'R';
                break;
            }
        }
        Files.write(log, content);
        says(fails(address), "corrupt", directory().toString(), "Move the directory away");
    }

    @Test
    void anEmptiedVoteFileIsNamed() throws Exception {
        HostPort address = run();
        Files.write(find("raft-meta"), new byte[0]);
        says(fails(address), directory().toString(), "Move the directory away");
    }

    @Test
    void aLostLogIsNoticed() throws Exception {
        HostPort address = run();
        Files.move(directory().resolve("raft"), root.resolve("elsewhere"));
        says(fails(address), "is gone", directory().toString());
    }

    @Test
    void aLostIdentityIsNoticed() throws Exception {
        HostPort address = run();
        Files.delete(directory().resolve("peer.properties"));
        says(fails(address), "identity is lost", directory().toString());
    }

    @Test
    void aDamagedIdentityIsNoticed() throws Exception {
        HostPort address = run();
        Files.writeString(directory().resolve("peer.properties"), "id=17\n");
        says(fails(address), "is damaged", directory().toString());
    }

    @Test
    void aDamagedPeerOfAGroupIsReplacedOnlyWhileTheOthersAreAMajority() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            peers.leader();
            TestPeers.put(peers.get(0).store(), "k", "1");
            String before = peers.get(2).server().id().toString();
            peers.stop(2);
            Files.write(LogFiles.find(peers.directory(2), "raft-meta"), new byte[0]);
            peers.stop(1);
            RaftStartException alone = assertThrows(RaftStartException.class, () -> peers.start(2));
            says(alone, "corrupt", "not replaced by itself", "Move the directory away");
            assertTrue(Files.exists(LogFiles.find(peers.directory(2), "raft-meta")), "nothing was moved");
            peers.start(1);
            RatisPeer replaced = peers.start(2);
            TestPeers.await("it joins as a new one", () -> replaced.status().formation() == GroupStatus.Formation.FORMED);
            assertNotEquals(before, replaced.server().id().toString());
            assertEquals(Optional.of("1"), TestPeers.get(replaced.store(), "k", Consistency.LINEARIZABLE));
            assertEquals(3, replaced.status().peers().size());
        }
    }

    /** Runs a peer for a moment and stops it, so that there is something to damage. */
    private HostPort run() throws Exception {
        HostPort address = TestPeers.freeAddress();
        try (RatisPeer peer = RatisPeer.start(config(address), PeerOptions.standard())) {
            for (int i = 0; i < 20; i++) {
                TestPeers.propose(peer.store(), new Command.Put(Bytes.of("k" + i), Bytes.of("QQQQQQQQ"), 0, false));
            }
        }
        return address;
    }

    private Path find(String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(directory())) {
            return files.filter(p -> p.getFileName().toString().startsWith(prefix)).sorted().findFirst().orElseThrow();
        }
    }

    private RaftStartException fails(HostPort address) {
        return assertThrows(RaftStartException.class, () -> RatisPeer.start(config(address), PeerOptions.standard()));
    }

    private static void says(RaftStartException e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private RaftConfig config(HostPort address) {
        return TestPeers.config(address, List.of(), directory());
    }

    private Path directory() {
        return root.resolve("data");
    }
}
