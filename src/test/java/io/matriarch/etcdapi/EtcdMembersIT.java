package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.agent.PeerGroup;
import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RatisPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** etcdctl changes a group of real peers. */
class EtcdMembersIT {

    @TempDir
    private Path root;

    private record Server(RatisPeer peer, EtcdAdapter adapter) implements AutoCloseable {

        String endpoint() {
            return "127.0.0.1:" + adapter.port();
        }

        @Override
        public void close() {
            adapter.close();
            peer.close();
        }
    }

    private Server start(HostPort self, List<HostPort> all) throws Exception {
        List<HostPort> partners = new ArrayList<>(all);
        partners.remove(self);
        RatisPeer peer = RatisPeer.start(new RaftConfig(root.resolve("d" + self.port()), Optional.of(self), Optional.empty(),
                partners, Duration.ofMillis(2500), "members"), PeerOptions.standard());
        HostPort client = TestServer.freeAddress();
        return new Server(peer, EtcdAdapter.start(new EtcdListening(client, List.of("http://" + client), Optional.empty(),
                io.matriarch.config.ClientCheck.NONE), new EtcdPorts(peer.store(), peer.localState(),
                new PeerGroup(peer, "members"), "m" + self.port(), true)));
    }

    @Test
    void aLearnerIsAddedStartedPromotedAndTheLeaderRemoved() throws Exception {
        List<HostPort> first = List.of(TestServer.freeAddress(), TestServer.freeAddress());
        HostPort third = TestServer.freeAddress();
        try (Server a = start(first.get(0), first); Server b = start(first.get(1), first)) {
            Etcdctl viaA = Etcdctl.at(a.endpoint());
            await(viaA, "all but one are members", list -> list.lines().filter(l -> l.contains("started, m")).count() == 2);
            viaA.run("put", "k", "1").ok();
            viaA.run("member", "add", "m3", "--learner", "--peer-urls=http://" + third).ok();
            try (Server c = start(third, first)) {
                String learner = await(viaA, "it has started as a learner", list -> list.lines().anyMatch(l ->
                        l.contains("started, m" + third.port()) && !l.contains("unstarted") && l.endsWith(", true")));
                String id = learner.lines().filter(l -> l.endsWith(", true")).findFirst().orElseThrow().split(",")[0];
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                while (viaA.run("member", "promote", id).code() != 0 && System.nanoTime() < deadline) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
                assertEquals("etcdserver: can only promote a learner member", viaA.run("member", "promote", id).refused().trim());
                Server leader = List.of(a, b, c).stream().filter(s -> s.peer().isRaftLeader()).findFirst().orElseThrow();
                String its = Long.toHexString(new PeerGroup(leader.peer(), "members").facts().memberId());
                assertTrue(Etcdctl.at(leader.endpoint()).run("member", "remove", its).ok().startsWith("Member " + its
                        + " removed from cluster"));
                Server other = leader == a ? b : a;
                String left = await(Etcdctl.at(other.endpoint()), "it is out", list -> !list.contains(its));
                assertEquals(2, left.lines().count());
                assertEquals("k\n1\n", Etcdctl.at(other.endpoint()).run("get", "k").ok());
            }
        }
    }

    private static String await(Etcdctl etcdctl, String what, java.util.function.Predicate<String> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String list = "";
        while (System.nanoTime() < deadline) {
            list = etcdctl.run("member", "list").ok();
            if (condition.test(list)) {
                return list;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError("not reached in time: " + what + "\n" + list);
    }
}
