package io.matriarch.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.config.EtcdConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.Secret;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with a real etcd cluster. */
class EtcdStoreIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration ATTEMPT = Duration.ofMillis(1500);
    private static final Duration LEASE = Duration.ofSeconds(30);

    @TempDir
    Path root;

    private RealEtcd etcd;

    @BeforeEach
    void start() throws Exception {
        etcd = RealEtcd.start(root, 3);
    }

    @AfterEach
    void stop() {
        etcd.close();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            Thread.sleep(20);
        }
    }

    private static void write(StoreDcs dcs, int value) throws InterruptedException {
        await("a write comes through", () -> dcs.writeConfig(Map.of("x", value), Optional.empty(), ATTEMPT).isApplied());
    }

    private static Object written(StoreDcs dcs) {
        return dcs.view(Duration.ZERO, PATIENCE).map(view -> view.config().document().get("x")).orElse(null);
    }

    /** Only one address is configured; the others are found. Each member in turn is killed or frozen, under a lock and a watch. */
    @Test
    void membersOfEtcdFailOneAfterTheOther() throws Exception {
        MemberName me = new MemberName("a");
        Set<Long> seen = new ConcurrentSkipListSet<>();
        try (EtcdStore store = EtcdStore.connect(new EtcdConfig("etcd3", List.of(etcd.address(0))));
             StoreDcs dcs = new StoreDcs(store, ClusterKeys.of("/service", "s"));
             ReplicatedStore.Watch watch = store.watch(Bytes.of("/service/s/config"), Bytes.EMPTY, 0, new Listening(seen, new AtomicLong()))) {
            write(dcs, 0);
            await("the watch has begun", () -> {
                dcs.writeConfig(Map.of("x", 0), Optional.empty(), PATIENCE);
                return !seen.isEmpty();
            });
            LeaseId lease = new LeaseId(4711);
            WriteResult acquired = dcs.acquireLock(me, lease, LEASE, PATIENCE);
            LeaderLock lock = new LeaderLock(me, lease, assertInstanceOf(WriteResult.Applied.class, acquired).revision());
            for (int which = 0; which < 3; which++) {
                if (which == 1) {
                    etcd.signal(which, "STOP");
                } else {
                    etcd.kill(which);
                }
                int value = which + 1;
                write(dcs, value);
                assertEquals(value, written(dcs));
                long revision = dcs.view(Duration.ZERO, PATIENCE).orElseThrow().config().modified().value();
                await("the watch goes on", () -> seen.contains(revision));
                await("the lock is renewed", () -> dcs.renewLock(lease, Lsn.ZERO, LEASE, ATTEMPT).join().isApplied());
                assertEquals(Optional.of(lock), dcs.view(Duration.ZERO, PATIENCE).flatMap(ClusterView::leader));
                if (which == 1) {
                    etcd.signal(which, "CONT");
                } else {
                    etcd.restart(which);
                }
                etcd.awaitReady();
            }
        }
    }

    @Test
    void withoutAQuorumNothingIsKnownAndNothingIsProven() throws Exception {
        MemberName me = new MemberName("a");
        try (EtcdStore store = EtcdStore.connect(new EtcdConfig("etcd3", etcd.addresses()));
             StoreDcs dcs = new StoreDcs(store, ClusterKeys.of("/service", "s"))) {
            LeaseId lease = new LeaseId(4711);
            assertTrue(dcs.acquireLock(me, lease, LEASE, PATIENCE).isApplied());
            etcd.kill(0);
            etcd.kill(1);
            Duration brief = Duration.ofSeconds(1);
            await("the last member has noticed", () -> !dcs.renewLock(lease, Lsn.ZERO, LEASE, brief).join().isApplied());
            assertInstanceOf(WriteResult.Unknown.class, dcs.renewLock(lease, Lsn.ZERO, LEASE, brief).join());
            assertInstanceOf(WriteResult.Unknown.class, dcs.writeConfig(Map.of(), Optional.empty(), brief));
            assertEquals(Optional.empty(), dcs.view(Duration.ZERO, brief));
        }
    }

    @Test
    void aWatchThatWasLeftBehindSaysSo() throws Exception {
        try (EtcdStore store = EtcdStore.connect(new EtcdConfig("etcd3", etcd.addresses()));
             StoreDcs dcs = new StoreDcs(store, ClusterKeys.of("/service", "s"))) {
            for (int i = 0; i < 5; i++) {
                write(dcs, i);
            }
            long now = dcs.view(Duration.ZERO, PATIENCE).orElseThrow().revision().value();
            etcd.etcdctl("compact", String.valueOf(now));
            AtomicLong compacted = new AtomicLong();
            Set<Long> seen = new ConcurrentSkipListSet<>();
            try (ReplicatedStore.Watch watch = store.watch(Bytes.of("/service/s/config"), Bytes.EMPTY, 2, new Listening(seen, compacted))) {
                await("it is told", () -> compacted.get() == now);
                assertEquals(Set.of(), seen);
            }
        }
    }

    /** The tokens of etcd are forgotten when it starts again; the login is repeated. */
    @Test
    void aLoginIsRepeatedWhenItsTokenIsNoLongerTaken() throws Exception {
        etcd.etcdctl("user", "add", "root:secret-of-root");
        etcd.etcdctl("user", "grant-role", "root", "root");
        try (EtcdStore early = connect(Optional.of("root"), "secret-of-root");
             StoreDcs dcs = new StoreDcs(early, ClusterKeys.of("/service", "s"))) {
            write(dcs, 1);
            etcd.etcdctl("auth", "enable");
            write(dcs, 2);
            etcd.kill(0);
            etcd.restart(0);
            await("it answers again", () -> Integer.valueOf(2).equals(written(dcs)));
            write(dcs, 3);
        }
        try (EtcdStore wrong = connect(Optional.of("root"), "a guess");
             StoreDcs dcs = new StoreDcs(wrong, ClusterKeys.of("/service", "s"))) {
            WriteResult refused = dcs.writeConfig(Map.of("x", 4), Optional.empty(), Duration.ofSeconds(1));
            assertTrue(refused.toString().contains("authentication failed, invalid user ID or password"), refused.toString());
        }
        try (EtcdStore nobody = connect(Optional.empty(), "");
             StoreDcs dcs = new StoreDcs(nobody, ClusterKeys.of("/service", "s"))) {
            WriteResult refused = dcs.writeConfig(Map.of("x", 4), Optional.empty(), Duration.ofSeconds(1));
            assertTrue(refused.toString().contains("user name is empty"), refused.toString());
        }
    }

    private EtcdStore connect(Optional<String> user, String password) throws Exception {
        List<HostPort> first = List.of(etcd.address(0));
        return EtcdStore.connect(new EtcdConfig("etcd3", first, Optional.empty(), user, user.map(u -> new Secret(password)), true,
                Optional.empty()));
    }

    private record Listening(Set<Long> seen, AtomicLong compactedAt) implements ReplicatedStore.WatchListener {

        @Override
        public void changed(long revision, List<Event> events) {
            assertTrue(seen.add(revision), "told twice");
        }

        @Override
        public void compacted(long compactRevision) {
            compactedAt.set(compactRevision);
        }
    }
}
