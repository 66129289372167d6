package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.config.PeerPart;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.raft.ChangeReport.Refusal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator changes the group while it runs. */
class MembershipIT {

    @TempDir
    private Path root;

    private static ChangeReport change(RatisPeer through, GroupChange change) {
        return through.change(change, false).join();
    }

    private static ChangeReport done(RatisPeer through, GroupChange change) {
        ChangeReport report = change(through, change);
        assertEquals("", report.refusal());
        assertFalse(report.outcome().isEmpty());
        return report;
    }

    /** Starts a peer that knows the group of others. */
    private RatisPeer start(HostPort self, List<HostPort> partners, String name) throws RaftStartException {
        return RatisPeer.start(TestPeers.config(self, partners, root.resolve(name)), PeerOptions.standard());
    }

    private static int voters(RatisPeer peer) {
        return peer.status().voters().size();
    }

    @Test
    void aFourthIsTakenInAndRemovedUnderAWriter() throws Exception {
        HostPort fourth = TestPeers.freeAddress();
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            int leader = peers.leader();
            RatisPeer follower = peers.get((leader + 1) % 3);
            ChangeReport nobody = change(follower, new GroupChange.Add(fourth, false));
            assertEquals(Refusal.UNREACHABLE, nobody.kind());
            assertTrue(nobody.refusal().contains("cannot reach " + fourth), nobody.refusal());
            try (SteadyPuts writer = new SteadyPuts(follower.store()); RatisPeer more = start(fourth, peers.addresses(), "p4")) {
                TestPeers.await("it is a voter", () -> voters(follower) == 4);
                assertEquals(Refusal.KNOWN_PEER, change(follower, new GroupChange.Add(fourth, false)).kind());
                ChangeReport plan = follower.change(new GroupChange.Remove(fourth), true).join();
                assertEquals(3, plan.after().voters().size());
                assertEquals(4, voters(follower));
                done(follower, new GroupChange.Remove(fourth));
                TestPeers.await("it is out", () -> voters(peers.get(leader)) == 3);
                TestPeers.await("it says so", () -> more.ended().isDone());
                assertTrue(more.ended().join().sentence().contains("removed from the group"));
                assertEquals(Optional.of("1"), put(more, "after", "1"), "it still reaches the store");
                assertEquals(List.of(3, GroupStatus.Part.OUTSIDE), seenFrom(peers, fourth));
                assertEquals(Refusal.UNREACHABLE, change(follower, new GroupChange.Add(fourth, false)).kind(), "as it stands");
                writer.requireNoneLost();
            }
        }
    }

    /** How many voters an operator sees, and as what the peer at an address. */
    private static List<Object> seenFrom(TestPeers peers, HostPort address) {
        List<HostPort> asked = new ArrayList<>(peers.addresses());
        asked.add(address);
        try (RemoteStore operator = RemoteStore.connect(asked, "test")) {
            GroupStatus status = operator.groupStatus(TestPeers.LONG).orElseThrow();
            return List.of(status.voters().size(), status.peers().stream().filter(p -> p.address().equals(address)).findFirst()
                    .orElseThrow().part());
        }
    }

    private static Optional<String> put(RatisPeer peer, String key, String value) {
        TestPeers.put(peer.store(), key, value);
        return TestPeers.get(peer.store(), key, Consistency.LINEARIZABLE);
    }

    @Test
    void theRaftLeaderItselfIsRemoved() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            int leader = peers.leader();
            RatisPeer follower = peers.get((leader + 1) % 3);
            TestPeers.await("all are in contact", () -> change(peers.get(leader), new GroupChange.Transfer(Optional.of(
                    peers.addresses().get(leader)))).kind() == Refusal.NONE && follower.status().voters().size() == 3);
            done(follower, new GroupChange.Remove(peers.addresses().get(leader)));
            TestPeers.await("it is out", () -> voters(follower) == 2);
            TestPeers.await("it says so", () -> peers.get(leader).ended().isDone());
            assertEquals(Optional.of("2"), put(follower, "k", "2"));
            assertEquals(Refusal.UNKNOWN_PEER, change(follower, new GroupChange.Remove(peers.addresses().get(leader))).kind());
        }
    }

    @Test
    void aDeadPeerIsReplacedByOneElsewhere() throws Exception {
        HostPort fresh = TestPeers.freeAddress();
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            put(peers.get(0), "k", "1");
            int dead = (peers.leader() + 1) % 3;
            RatisPeer other = peers.get((peers.leader() + 2) % 3);
            peers.stop(dead);
            GroupChange ofTheOther = new GroupChange.Remove(other.server().address());
            TestPeers.await("its silence is noticed", () -> other.change(ofTheOther, true).join().kind() == Refusal.QUORUM);
            assertEquals(Refusal.QUORUM, change(other, ofTheOther).kind());
            assertEquals(Refusal.UNREACHABLE, change(other, new GroupChange.Replace(peers.addresses().get(dead), fresh)).kind());
            // knows only itself and an address of no use, so that it waits to be invited
            try (RatisPeer successor = start(fresh, List.of(TestPeers.freeAddress()), "successor")) {
                ChangeReport report = done(other, new GroupChange.Replace(peers.addresses().get(dead), fresh));
                assertTrue(report.outcome().contains("has taken the place of"), report.outcome());
                TestPeers.await("it is a voter", () -> successor.status().voters().stream()
                        .anyMatch(p -> p.self() && p.address().equals(fresh)) && voters(successor) == 3);
                assertEquals(Optional.of("1"), TestPeers.get(successor.store(), "k", Consistency.LINEARIZABLE));
            }
        }
    }

    @Test
    void ofTwoAdministratorsAtOnceOneIsRefused() throws Exception {
        HostPort nobody = TestPeers.freeAddress();
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            RatisPeer leader = peers.get(peers.leader());
            List<CompletableFuture<ChangeReport>> both = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                both.add(peers.get(i % 3).change(new GroupChange.Expect(new HostPort("127.0.0.1", 19_000 + i), false), false));
            }
            List<ChangeReport> reports = both.stream().map(CompletableFuture::join).toList();
            long busy = reports.stream().filter(r -> r.kind() == Refusal.BUSY).count();
            long made = reports.stream().filter(r -> !r.isRefused()).count();
            assertEquals(12, busy + made, reports.toString());
            assertTrue(made > 0 && busy > 0, reports.toString());
            assertTrue(reports.stream().filter(ChangeReport::isRefused).allMatch(r -> r.refusal()
                    .startsWith("another change of the group is under way: expect 127.0.0.1:19")), reports.toString());
            TestPeers.await("they are expected", () -> leader.status().peers().size() == 3 + made);
            assertEquals(3, voters(leader));
            assertEquals(Refusal.UNKNOWN_PEER, change(leader, new GroupChange.Remove(nobody)).kind());
        }
    }

    @Test
    void theLeadershipIsHandedOver() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            int leader = peers.leader();
            int next = (leader + 1) % 3;
            done(peers.get((leader + 2) % 3), new GroupChange.Transfer(Optional.of(peers.addresses().get(next))));
            assertEquals(next, peers.leader());
            done(peers.get(leader), new GroupChange.Transfer(Optional.empty()));
            assertTrue(peers.leader() != next);
            try (RemoteStore operator = RemoteStore.connect(peers.addresses(), "test")) {
                assertTrue(operator.snapshot(peers.addresses(), TestPeers.LONG).values().stream()
                        .allMatch(text -> text.startsWith("at index ")));
            }
        }
    }

    @Test
    void aListenerFollowsAndIsPromoted() throws Exception {
        HostPort address = TestPeers.freeAddress();
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            put(peers.get(0), "k", "1");
            RatisPeer voter = peers.get((peers.leader() + 1) % 3);
            RaftConfig config = TestPeers.config(address, peers.addresses(), root.resolve("l")).with(new PeerPart(true, false));
            try (RatisPeer listener = RatisPeer.start(config, PeerOptions.standard())) {
                TestPeers.await("it is there", () -> voter.status().peers().size() == 4
                        && listener.status().formation() == GroupStatus.Formation.FORMED);
                assertEquals(3, voters(voter));
                assertEquals(Optional.of("1"), TestPeers.get(listener.store(), "k", Consistency.LINEARIZABLE));
                assertEquals(Refusal.NOT_A_LISTENER, change(voter, new GroupChange.Transfer(Optional.of(address))).kind());
                TestPeers.await("it runs", () -> listener.status().peers().stream().anyMatch(p -> p.self()
                        && p.role() == GroupStatus.Role.FOLLOWER && p.part() == GroupStatus.Part.LISTENER));
            }
            try (RatisPeer listener = RatisPeer.start(config, PeerOptions.standard())) {
                assertEquals(Optional.of("2"), put(voter, "k", "2"));
                peers.stop(peers.leader());
                TestPeers.await("it follows the next leader", () -> TestPeers.get(listener.store(), "k", Consistency.LOCAL)
                        .equals(Optional.of("2")) && listener.store().localAge().toSeconds() < 2);
                peers.leader();
                TestPeers.await("it is promoted", () -> !change(voter, new GroupChange.Promote(address)).isRefused());
                TestPeers.await("it has a vote", () -> voters(listener) == 4);
                assertEquals(Optional.of("3"), put(listener, "k", "3"));
            }
        }
    }

    @Test
    void twoOfThreeStopAndTheThirdGoesOn() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).with(new PeerPart(false, true)).startAll()) {
            put(peers.get(0), "k", "1");
            int last = (peers.leader() + 1) % 3;
            RatisPeer third = peers.get(last);
            try (SteadyPuts writer = new SteadyPuts(third.store())) {
                TestPeers.await("all are in contact", () -> third.change(new GroupChange.Remove(third.server().address()), true)
                        .join().before().mayFail() == 1);
                CompletableFuture<Void> one = CompletableFuture.runAsync(() -> peers.stop((last + 1) % 3));
                peers.stop((last + 2) % 3);
                one.join();
                assertEquals(1, voters(third));
                assertEquals(Optional.of("2"), put(third, "k", "2"));
                TestPeers.await("it knows that it is current", () -> third.store().localAge().toMillis() < 500);
                peers.start((last + 1) % 3);
                peers.start((last + 2) % 3);
                TestPeers.await("they have their votes back", () -> voters(third) == 3);
                writer.requireNoneLost();
            }
            assertEquals(Optional.of("2"), TestPeers.get(peers.get((last + 1) % 3).store(), "k", Consistency.LINEARIZABLE));
        }
    }

    @Test
    void aPeerThatDiesAfterItHandedInItsVoteGetsItBack() throws Exception {
        try (TestPeers peers = new TestPeers(root, 3).startAll()) {
            int leader = peers.leader();
            int other = (leader + 1) % 3;
            put(peers.get(leader), "k", "1");
            ChangeReport report = change(peers.get(leader), new GroupChange.Demote(peers.addresses().get(other)));
            assertEquals("", report.refusal());
            TestPeers.await("it asks for it", () -> voters(peers.get(leader)) == 3);
            assertEquals(Optional.of("2"), put(peers.get(other), "k", "2"));
        }
    }
}
