package io.matriarch.rest;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.DynamicConfig;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Named situations of one member, each to be varied by one change. */
final class Situations {

    static final Tick NOW = new Tick(Duration.ofMinutes(5).toNanos());
    static final Duration TTL = Duration.ofSeconds(30);
    static final MemberName A = new MemberName("a");
    static final MemberName B = new MemberName("b");
    static final MemberName C = new MemberName("c");
    static final Lsn OPTIME = new Lsn(0x4000000);

    private Situations() {
    }

    /** Member a runs as primary and holds the lock for two more seconds. */
    static Node primary() {
        Node n = new Node();
        n.role = PostgresRole.PRIMARY;
        n.lockValidUntil = Optional.of(NOW.plus(Duration.ofSeconds(2)));
        n.flushed = OPTIME;
        n.received = Lsn.ZERO;
        n.replayed = Lsn.ZERO;
        n.receiver = Optional.empty();
        return n;
    }

    /** Member a streams from b, which leads, and has replayed everything. */
    static Node replica() {
        Node n = new Node();
        n.cluster.leader = Optional.of("b");
        return n;
    }

    /** A cluster of a, b and c that a leads. */
    static final class Cluster {
        long revision = 100;
        Optional<String> leader = Optional.of("a");
        Map<String, Object> config = new LinkedHashMap<>(Map.of("ttl", 30, "loop_wait", 10));
        Revision configModified = new Revision(7);
        Optional<FailoverRequest> failover = Optional.empty();
        TimelineHistory history = TimelineHistory.ABSENT;
        Optional<SyncState> sync = Optional.empty();
        Lsn optime = OPTIME;
        final TreeMap<MemberName, Member> members = new TreeMap<>();

        Cluster() {
            for (String name : List.of("a", "b", "c")) {
                put(member(name, Map.of(), Map.of()));
            }
        }

        void put(Member member) {
            members.put(member.name(), member);
        }

        void sync(String leading, String... standbys) {
            Set<MemberName> names = new java.util.HashSet<>();
            for (String s : standbys) {
                names.add(new MemberName(s));
            }
            sync = Optional.of(new SyncState(Optional.of(new MemberName(leading)), 1, names, new Revision(9)));
        }

        ClusterView view() {
            return new ClusterView(new Revision(revision), Optional.of("7277694203142172922"),
                    leader.map(l -> new LeaderLock(new MemberName(l), new LeaseId(5), new Revision(50))),
                    new TreeMap<>(members), config.isEmpty() ? DynamicConfig.ABSENT
                            : new DynamicConfig(new LinkedHashMap<>(config), configModified),
                    failover, history, new ClusterStatus(optime, Map.of(), List.of()), sync, Map.of());
        }
    }

    static Member member(String name, Map<String, Object> tags, Map<String, Object> extra) {
        return new Member(new MemberName(name), new Revision(10), new MemberRecord(
                Optional.of("postgres://10.0.0.1:5433/postgres"), Optional.of("http://10.0.0.1:8008/patroni#" + name),
                "running", PostgresRole.REPLICA, "4.1.4", Optional.of(OPTIME), Optional.of(OPTIME),
                Optional.of(new Lsn(OPTIME.value() - 16)), Optional.of("streaming"), Optional.of(new Timeline(3)),
                false, tags, extra));
    }

    /** One member, before it becomes a status. */
    static final class Node {
        final Cluster cluster = new Cluster();
        boolean hasView = true;
        Tick viewSeen = NOW;
        Tick nextTick = NOW.plus(Duration.ofSeconds(10));
        Optional<Tick> lockValidUntil = Optional.empty();
        PostgresState state = PostgresState.RUNNING;
        PostgresRole role = PostgresRole.REPLICA;
        boolean alive = true;
        boolean connectable = true;
        Lsn flushed = Lsn.ZERO;
        Lsn received = OPTIME;
        Lsn replayed = OPTIME;
        Optional<PostgresStatus.Receiver> receiver = Optional.of(receiver("streaming"));
        List<PostgresStatus.Replica> replicas = List.of();
        Map<String, List<String>> pendingRestart = Map.of();
        Optional<LongTaskStatus> task = Optional.empty();
        Map<String, Object> tags = Map.of();
        Optional<Tick> promised = Optional.empty();

        LockHold lock() {
            return lockValidUntil.isEmpty() ? LockHold.NONE
                    : new LockHold(Optional.of(new LeaderLock(A, new LeaseId(5), new Revision(50))), lockValidUntil, Optional.empty(), promised);
        }

        NodeStatus status() {
            return new NodeStatus(NOW, hasView ? Optional.of(cluster.view()) : Optional.empty(), viewSeen,
                    Instant.ofEpochSecond(1_700_000_000), lock(), postgres(), task, settings(), tags,
                    Optional.empty(), nextTick);
        }

        private PostgresStatus postgres() {
            return new PostgresStatus(PostgresStatus.DataDirectory.PRESENT, Optional.of("7277694203142172922"), state,
                    role == PostgresRole.PRIMARY && alive, alive, connectable, role, new Timeline(3), flushed,
                    received, replayed, Optional.empty(), false, Optional.empty(), receiver, replicas,
                    Optional.empty(), List.of(), Optional.of("2024-01-02 03:04:05.678901+00:00"), pendingRestart, 160004);
        }
    }

    static PostgresStatus.Receiver receiver(String status) {
        return new PostgresStatus.Receiver(status, OPTIME, Lsn.ZERO, new Timeline(3), "10.0.0.2", 5432);
    }

    private static HaSettings settings() {
        return new HaSettings(A, Duration.ofSeconds(10), TTL, Duration.ofSeconds(10), Duration.ofMillis(2500),
                1_048_576, Duration.ofSeconds(300), Duration.ofSeconds(60), false, true, true, false, 1, false,
                Optional.empty(), Map.of());
    }
}
