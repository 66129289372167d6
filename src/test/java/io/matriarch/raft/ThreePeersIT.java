package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group of three peers in good health. */
class ThreePeersIT {

    @TempDir
    static Path root;

    private static TestPeers peers;

    @BeforeAll
    static void form() throws Exception {
        peers = new TestPeers(root, 3).startAll();
        peers.leader();
    }

    @AfterAll
    static void stop() {
        peers.close();
    }

    @Test
    void whatOnePeerWritesEveryPeerReads() {
        for (int i = 0; i < 3; i++) {
            TestPeers.put(peers.get(i).store(), "k" + i, "v" + i);
            for (int j = 0; j < 3; j++) {
                assertEquals(Optional.of("v" + i), TestPeers.get(peers.get(j).store(), "k" + i, Consistency.LINEARIZABLE));
            }
        }
    }

    @Test
    void watchersOnEveryPeerSeeTheChangesInOrder() {
        List<List<Long>> seen = List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>(),
                new CopyOnWriteArrayList<>());
        for (int i = 0; i < 3; i++) {
            List<Long> mine = seen.get(i);
            peers.get(i).store().watch(Bytes.of("w/"), Bytes.of("w/").prefixEnd(), 0, new ReplicatedStore.WatchListener() {
                @Override
                public void changed(long revision, List<Event> events) {
                    mine.add(revision);
                }

                @Override
                public void compacted(long compactRevision) {
                    mine.add(-compactRevision);
                }
            });
        }
        List<Long> written = new ArrayList<>();
        for (int n = 0; n < 50; n++) {
            written.add(TestPeers.put(peers.get(n % 3).store(), "w/" + n % 7, "v" + n).revision());
            TestPeers.put(peers.get(n % 3).store(), "other", "v" + n);
        }
        for (List<Long> mine : seen) {
            TestPeers.await("all changes", () -> mine.size() >= 50);
            assertEquals(written, mine);
        }
    }

    @Test
    void aProcessWithoutAPeerWatchesWithoutGaps() {
        try (RemoteStore remote = RemoteStore.connect(peers.addresses(), "test")) {
            long start = TestPeers.put(remote, "rw/0", "v").revision();
            List<Long> seen = new CopyOnWriteArrayList<>();
            List<Long> written = new ArrayList<>(List.of(start));
            try (ReplicatedStore.Watch watch = remote.watch(Bytes.of("rw/"), Bytes.of("rw/").prefixEnd(), start,
                    new ReplicatedStore.WatchListener() {
                        @Override
                        public void changed(long revision, List<Event> events) {
                            seen.add(revision);
                        }

                        @Override
                        public void compacted(long compactRevision) {
                            seen.add(-compactRevision);
                        }
                    })) {
                for (int n = 1; n < 20; n++) {
                    written.add(TestPeers.put(peers.get(n % 3).store(), "rw/" + n, "v").revision());
                }
                TestPeers.await("all changes", () -> seen.size() >= written.size());
            }
            assertEquals(written, seen);
            assertTrue(remote.localAge().compareTo(TestPeers.LONG) > 0, "no read was made yet");
            TestPeers.get(remote, "rw/0", Consistency.LOCAL);
            assertTrue(remote.localAge().compareTo(TestPeers.LONG) < 0);
        }
    }

    @Test
    void aLeaseRunsOutAndTakesItsKeysAlong() {
        ReplicatedStore store = peers.get(0).store();
        Result.LeaseResult lease = assertInstanceOf(Result.LeaseResult.class,
                TestPeers.propose(store, new Command.LeaseGrant(77, 1000)));
        TestPeers.propose(store, new Command.Put(Bytes.of("leased"), Bytes.of("x"), lease.id(), false));
        TestPeers.await("the end of the lease", () ->
                TestPeers.get(store, "leased", Consistency.LOCAL).isEmpty());
    }

    /** Forty holders renew just when their leases end: each is told the truth, and none is ended before its time. */
    @Test
    void aRenewalAndTheEndOfItsLeaseNeverBothHappen() {
        long ttl = 600;
        List<CompletableFuture<String>> holders = new ArrayList<>();
        for (int n = 0; n < 40; n++) {
            long id = 9_000 + n;
            int pause = 200 + 12 * n;
            holders.add(CompletableFuture.supplyAsync(() -> holdUntilLost(peers.get((int) id % 3).store(), id, ttl, pause)));
        }
        List<String> fates = holders.stream().map(CompletableFuture::join).toList();
        assertEquals(List.of(), fates.stream().filter(f -> f.startsWith("wrong")).toList());
        System.out.println("renewals against the end of the lease: " + fates.stream().filter("renewed"::equals).count()
                + " renewed, " + fates.stream().filter("lost"::equals).count() + " lost");
    }

    private static String holdUntilLost(ReplicatedStore store, long id, long ttl, int pauseMillis) {
        TestPeers.propose(store, new Command.LeaseGrant(id, ttl));
        TestPeers.propose(store, new Command.Put(Bytes.of("held/" + id), Bytes.of("x"), id, false));
        for (int round = 0; round < 4; round++) {
            LockSupport.parkNanos(Duration.ofMillis(pauseMillis).toNanos());
            long sent = System.nanoTime();
            Result result = TestPeers.propose(store, new Command.LeaseRenew(id, 0, 0));
            boolean there = TestPeers.get(store, "held/" + id, ReplicatedStore.Consistency.LINEARIZABLE).isPresent();
            boolean within = System.nanoTime() - sent < Duration.ofMillis(ttl).toNanos();
            if (!(result instanceof Result.LeaseResult)) {
                return there ? "wrong: told that it is lost, but the key is there" : "lost";
            }
            if (!there && within) {
                return "wrong: renewed, and ended before its time";
            }
        }
        return "renewed";
    }

    @Test
    void aProcessWithoutAPeerReadsAndWrites() {
        try (RemoteStore remote = RemoteStore.connect(peers.addresses(), "test")) {
            TestPeers.put(remote, "remote", "r");
            assertEquals(Optional.of("r"), TestPeers.get(remote, "remote", Consistency.LINEARIZABLE));
            GroupStatus status = remote.groupStatus(TestPeers.LONG).orElseThrow();
            assertEquals(3, status.peers().size());
            assertEquals(1, status.peers().stream().filter(GroupStatus.PeerStatus::raftLeader).count());
        }
    }
}
