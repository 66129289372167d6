package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.PeerTls;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.tls.CertificateAuthority.Use;
import io.matriarch.tls.LogLines;
import io.matriarch.tls.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that know each other by certificates, and what everybody else gets from them. */
class RaftTlsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(1);

    @TempDir
    private static Path directory;
    private static TestCertificates ours;
    private static TestCertificates others;
    private static final List<HostPort> ADDRESSES = new ArrayList<>();
    private static final List<RatisPeer> PEERS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        ours = TestCertificates.in(directory);
        others = TestCertificates.in(Files.createDirectory(directory.resolve("other")));
        for (int i = 0; i < 3; i++) {
            ADDRESSES.add(TestPeers.freeAddress());
        }
        KeyFiles node = ours.issue("node", "node", List.of("127.0.0.1"), Use.MEMBER);
        for (int i = 0; i < 3; i++) {
            List<HostPort> partners = new ArrayList<>(ADDRESSES);
            HostPort self = partners.remove(i);
            PEERS.add(start(self, partners, "peer" + i, tls(node, List.of("tool.example"))));
        }
        assertTrue(puts(remote(ours.files("node")), PATIENCE), "a group that speaks TLS");
    }

    @AfterAll
    static void stop() {
        PEERS.forEach(RatisPeer::close);
    }

    private static RatisPeer start(HostPort self, List<HostPort> partners, String name, PeerTls tls) throws Exception {
        return RatisPeer.start(new RaftConfig(directory.resolve(name), Optional.of(self), Optional.empty(), partners,
                Duration.ofMillis(2500), "test", Optional.of(tls)), PeerOptions.standard());
    }

    private static PeerTls tls(KeyFiles own, List<String> names) {
        return new PeerTls(own, ours.ca(), names);
    }

    private static RemoteStore remote(KeyFiles own) throws Exception {
        return RemoteStore.connect(ADDRESSES, "test", Optional.of(tls(own, List.of())));
    }

    /** Whether a write through the port came about. */
    private static boolean puts(RemoteStore store, Duration patience) throws Exception {
        try (store) {
            return store.propose(new Command.Put(Bytes.of("a"), Bytes.of("1"), 0, false), patience).get() instanceof Outcome.Done;
        }
    }

    private static long revision() {
        return PEERS.get(0).localState().read(s -> s.revision());
    }

    @Test
    void everyPeerTakesPart() throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (seen.size() < 3 && System.nanoTime() < deadline) {
            try (RemoteStore store = remote(ours.files("node"))) {
                store.groupStatus(SHORT).ifPresent(s -> s.peers().stream().filter(p -> p.role() == GroupStatus.Role.LEADER || p.role() == GroupStatus.Role.FOLLOWER)
                        .forEach(p -> seen.add(p.address().toString())));
            }
        }
        assertEquals(3, seen.size(), seen::toString);
    }

    @Test
    void anAllowedNameOfAnotherHostMayCallThem() throws Exception {
        assertTrue(puts(remote(ours.issue("tool", "tool", List.of("tool.example"), Use.CLIENT)), PATIENCE));
    }

    @Test
    void aCertificateForAnotherNameIsRefusedAndBothNamesAreTold() throws Exception {
        KeyFiles wrong = ours.issue("wrong", "node", List.of("127.0.0.9", "evil.example"), Use.MEMBER);
        long before = revision();
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            assertTrue(!puts(remote(wrong), SHORT));
            log.await("WARN raft: refused a connection of /127.0.0.1:", "its certificate names [127.0.0.9, evil.example]",
                    "the members of the group are [127.0.0.1, tool.example]");
        }
        assertEquals(before, revision());
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
        long before = revision();
        KeyFiles foreign = others.issue("foreign", "node", List.of("127.0.0.1"), Use.MEMBER);
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            PeerTls credulous = new PeerTls(foreign, ours.ca(), List.of());
            assertTrue(!puts(RemoteStore.connect(ADDRESSES, "test", Optional.of(credulous)), SHORT));
            // a client sends nothing that the server has not asked for
            log.await("WARN raft: refused a connection of /127.0.0.1:", "Empty client certificate chain");
        }
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            assertTrue(!puts(RemoteStore.connect(ADDRESSES, "test", Optional.of(new PeerTls(foreign, others.ca(), List.of()))), SHORT));
            log.await("WARN raft: did not believe the certificate of 127.0.0.1:");
        }
        assertEquals(before, revision());
    }

    @Test
    void plainTextGetsNowhere() throws Exception {
        long before = revision();
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            assertTrue(!puts(RemoteStore.connect(ADDRESSES, "test"), SHORT));
            try (RemoteStore store = RemoteStore.connect(ADDRESSES, "test")) {
                assertEquals(Optional.empty(), store.groupStatus(SHORT));
                store.formWithout(List.of(), SHORT).forEach((peer, answer) -> assertTrue(!answer.isEmpty(), peer));
            }
            log.await("WARN raft: refused a connection of /127.0.0.1:", "it does not speak TLS");
        }
        assertEquals(before, revision());
    }

    @Test
    void aPeerThatShowsAnotherNameIsNotBelieved() throws Exception {
        KeyFiles wrong = ours.issue("elsewhere", "node", List.of("127.0.0.9"), Use.MEMBER);
        HostPort alone = TestPeers.freeAddress();
        try (LogLines log = new LogLines("io.matriarch"); RatisPeer peer = start(alone, List.of(), "alone", tls(wrong, List.of()))) {
            log.await("ERROR raft: the certificate of this node names [127.0.0.9] and not 127.0.0.1");
            assertTrue(!puts(RemoteStore.connect(List.of(alone), "test", Optional.of(tls(ours.files("node"), List.of()))), SHORT));
            log.await("WARN raft: did not believe the certificate of 127.0.0.1: it names [127.0.0.9] and not 127.0.0.1");
        }
    }

    @Test
    void aNewcomerOnAnotherHostIsLetInWhenAnOperatorAddsIt() throws Exception {
        HostPort there = new HostPort("127.0.0.2", TestPeers.freeAddress().port());
        KeyFiles newcomer = ours.issue("newcomer", "newcomer", List.of("127.0.0.2"), Use.MEMBER);
        try (RatisPeer peer = start(there, ADDRESSES, "newcomer", tls(newcomer, List.of()))) {
            TestPeers.await("it knocks", () -> !peer.status().explanation().isEmpty());
            assertEquals(3, PEERS.get(0).status().voters().size());
            assertEquals("", PEERS.get(0).change(new GroupChange.Add(there, false), false).join().refusal());
            TestPeers.await("it is a member", () -> peer.status().voters().size() == 4);
            assertEquals("", PEERS.get(0).change(new GroupChange.Remove(there), false).join().refusal());
        }
    }
}
