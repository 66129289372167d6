package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.Tick;
import io.matriarch.rest.Situations.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ProbeRulesTest {

    private static final List<String> PATHS = List.of("/", "/primary", "/master", "/leader", "/read-write", "/replica",
            "/read-only", "/standby-leader", "/standby_leader", "/health", "/sync", "/synchronous", "/async",
            "/asynchronous", "/quorum", "/read-only-sync", "/read-only-synchronous", "/read-only-quorum", "/patroni",
            "/nonsense");

    private static final String WRITABLE = "/ /primary /master /leader /read-write";
    private static final String ALL_READ_ONLY = "/read-only /read-only-sync /read-only-synchronous /read-only-quorum";
    private static final String PLAIN_REPLICA = "/replica /read-only /health /async /asynchronous";

    /** A situation and the paths that are up in it; every other path is down. */
    private record Case(String name, Node node, String up) {
    }

    private static Case of(String name, Node node, Consumer<Node> change, String up) {
        change.accept(node);
        return new Case(name, node, up);
    }

    private static void mode(Node n, Object synchronousMode) {
        n.cluster.config.put("synchronous_mode", synchronousMode);
    }

    private static void follow(Node n) {
        n.cluster.config.put("standby_cluster", Map.of("host", "elsewhere"));
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>(primaryCases());
        cases.addAll(replicaCases());
        cases.addAll(standbyClusterCases());
        cases.addAll(pausedCases());
        return cases;
    }

    private static List<Case> primaryCases() {
        String primary = WRITABLE + " /health " + ALL_READ_ONLY;
        return List.of(
                of("primary holding the lock", Situations.primary(), n -> { }, primary),
                of("primary whose lock ends one nanosecond later", Situations.primary(),
                        n -> n.lockValidUntil = Optional.of(new Tick(Situations.NOW.nanos() + 1)), primary),
                of("primary whose lock ended at this very moment", Situations.primary(),
                        n -> n.lockValidUntil = Optional.of(Situations.NOW), "/health"),
                of("primary without proof of its lock", Situations.primary(),
                        n -> n.lockValidUntil = Optional.empty(), "/health"),
                of("primary under its lock, view aged", Situations.primary(),
                        n -> n.viewSeen = new Tick(Situations.NOW.nanos() - Situations.TTL.toNanos()),
                        WRITABLE + " /health /read-only"),
                of("primary that does not answer, under its lock", Situations.primary(), n -> n.connectable = false,
                        WRITABLE + " " + ALL_READ_ONLY),
                of("candidate that has the lock and is still in recovery", Situations.replica(),
                        n -> n.lockValidUntil = Optional.of(Situations.NOW.plus(Duration.ofSeconds(1))),
                        WRITABLE + " " + ALL_READ_ONLY + " /replica /health /async /asynchronous"),
                of("primary with noloadbalance", Situations.primary(), n -> n.tags = Map.of("noloadbalance", true),
                        primary));
    }

    private static List<Case> replicaCases() {
        return List.of(
                of("replica streaming", Situations.replica(), n -> { }, PLAIN_REPLICA),
                of("replica without a receiver", Situations.replica(), n -> n.receiver = Optional.empty(), PLAIN_REPLICA),
                of("replica with noloadbalance", Situations.replica(), n -> n.tags = Map.of("noloadbalance", true),
                        "/health"),
                of("replica, store unreachable for longer than ttl", Situations.replica(),
                        n -> n.viewSeen = new Tick(Situations.NOW.nanos() - Situations.TTL.toNanos()),
                        "/replica /read-only /health"),
                of("replica, never a view", Situations.replica(), n -> n.hasView = false, "/replica /read-only /health"),
                of("replica whose loop has not turned for longer than ttl", Situations.replica(),
                        n -> n.nextTick = new Tick(Situations.NOW.nanos() - Situations.TTL.toNanos()), ""),
                of("replica stopped", Situations.replica(), n -> {
                    n.state = PostgresState.STOPPED;
                    n.alive = false;
                    n.connectable = false;
                }, ""),
                of("replica starting", Situations.replica(), n -> {
                    n.state = PostgresState.STARTING;
                    n.connectable = false;
                }, ""),
                of("replica that does not answer", Situations.replica(), n -> n.connectable = false, ""),
                of("replica, synchronous", Situations.replica(), n -> {
                    mode(n, true);
                    n.cluster.sync("b", "A");
                }, "/replica /read-only /health /sync /synchronous /read-only-sync /read-only-synchronous"),
                of("replica in the sync key, mode off", Situations.replica(), n -> n.cluster.sync("b", "a"), PLAIN_REPLICA),
                of("replica not in the sync key, mode on", Situations.replica(), n -> {
                    mode(n, "on");
                    n.cluster.sync("b", "c");
                }, PLAIN_REPLICA),
                of("replica, voter of a quorum", Situations.replica(), n -> {
                    mode(n, "quorum");
                    n.cluster.sync("b", "a", "c");
                }, "/replica /read-only /health /quorum /read-only-quorum"));
    }

    private static List<Case> standbyClusterCases() {
        return List.of(
                of("standby leader", Situations.replica(), n -> {
                    follow(n);
                    n.role = PostgresRole.STANDBY_LEADER;
                    n.lockValidUntil = Optional.of(Situations.NOW.plus(Duration.ofSeconds(1)));
                }, "/leader /standby-leader /standby_leader /health " + ALL_READ_ONLY),
                of("standby leader that lost its lock", Situations.replica(), n -> {
                    follow(n);
                    n.role = PostgresRole.STANDBY_LEADER;
                }, "/health"),
                of("replica of a standby cluster", Situations.replica(), ProbeRulesTest::follow, PLAIN_REPLICA));
    }

    private static List<Case> pausedCases() {
        return List.of(
                of("paused primary without a view of the store", Situations.primary(), n -> {
                    n.cluster.config.put("pause", true);
                    n.lockValidUntil = Optional.empty();
                    n.viewSeen = new Tick(Situations.NOW.nanos() - Situations.TTL.toNanos());
                }, WRITABLE + " /health /read-only"),
                of("paused primary that sees somebody else's lock", Situations.primary(), n -> {
                    n.cluster.config.put("pause", true);
                    n.lockValidUntil = Optional.empty();
                }, "/health"),
                of("paused replica without a view of the store", Situations.replica(), n -> {
                    n.cluster.config.put("pause", true);
                    n.viewSeen = new Tick(Situations.NOW.nanos() - Situations.TTL.toNanos());
                }, "/replica /read-only /health"));
    }

    @TestFactory
    List<DynamicTest> everyProbeInEverySituation() {
        return cases().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> {
            TreeSet<String> up = new TreeSet<>();
            for (String path : PATHS) {
                if (health(path, "", c.node()) == 200) {
                    up.add(path);
                }
            }
            TreeSet<String> expected = new TreeSet<>(List.of(c.up().split(" ")));
            expected.remove("");
            assertEquals(expected, up);
        })).toList();
    }

    @Test
    void nothingIsUpBeforeTheFirstStatus() {
        for (String path : PATHS) {
            assertEquals(503, ProbeRules.health(path, Query.NONE, Optional.empty(), Situations.NOW), path);
        }
        assertEquals(503, ProbeRules.readiness(Query.NONE, Optional.empty(), Situations.NOW));
    }

    @Test
    void whatAPathContainsDecides() {
        assertEquals(200, health("/healthz", "", Situations.primary()));
        assertEquals(200, health("//primary", "", Situations.primary()));
        assertEquals(200, health("/primary/x", "", Situations.primary()));
        assertEquals(503, health("/Primary", "", Situations.primary()));
        assertEquals(503, health("/sync/", "", synchronous()));
        assertEquals(200, health("/sync", "", synchronous()));
    }

    @Test
    void lagIsMeasuredAgainstTheLeader() {
        Node lagging = Situations.replica();
        lagging.replayed = new Lsn(Situations.OPTIME.value() - 1024 * 1024);
        assertEquals(200, health("/replica", "lag=1MB", lagging));
        assertEquals(503, health("/replica", "lag=1023kB", lagging));
        assertEquals(503, health("/async", "lag=1023kB", lagging));
        assertEquals(503, health("/replica", "lag=0", lagging));
        assertEquals(200, health("/replica", "lag=1mb", lagging), "an unknown unit is no limit");
        assertEquals(200, health("/replica", "", lagging));
        lagging.cluster.optime = Lsn.ZERO;
        assertEquals(200, health("/replica", "lag=0", lagging), "no known position of the leader");
    }

    @Test
    void lagIsMeasuredAgainstTheReceiverWhenItKnowsMore() {
        Node lagging = Situations.replica();
        lagging.receiver = Optional.of(new io.matriarch.ha.PostgresStatus.Receiver("streaming", Situations.OPTIME,
                new Lsn(Situations.OPTIME.value() + 100), new io.matriarch.cluster.Timeline(3), "h", 1));
        assertEquals(503, health("/replica", "lag=99", lagging));
        assertEquals(200, health("/replica", "lag=100", lagging));
    }

    @Test
    void replicationStateIsAskedFor() {
        assertEquals(200, health("/replica", "replication_state=streaming", Situations.replica()));
        Node silent = Situations.replica();
        silent.receiver = Optional.of(Situations.receiver("stopping"));
        assertEquals(503, health("/replica", "replication_state=streaming", silent));
    }

    @Test
    void tagsFilterReplicasAndHealthButNotTheLeader() {
        Node tagged = Situations.replica();
        tagged.tags = Map.of("zone", "North", "clonefrom", true, "failover_priority", 2);
        assertEquals(200, health("/replica", "tag_zone=North&tag_clonefrom=true&tag_failover_priority=2", tagged));
        assertEquals(503, health("/replica", "tag_zone=north", tagged));
        assertEquals(503, health("/replica", "tag_unknown=1", tagged));
        assertEquals(503, health("/health", "tag_zone=South", tagged));
        assertEquals(200, health("/primary", "tag_zone=South", Situations.primary()));
        assertEquals(503, health("/read-only", "tag_zone=South", Situations.primary()));
    }

    @Test
    void livenessFollowsTheLoop() {
        Node replica = Situations.replica();
        Node primary = Situations.primary();
        primary.nextTick = Situations.NOW;
        replica.nextTick = Situations.NOW;
        Duration ttl = Situations.TTL;
        assertEquals(200, liveness(primary, ttl.minusNanos(1)));
        assertEquals(503, liveness(primary, ttl));
        assertEquals(200, liveness(replica, ttl.multipliedBy(2).minusNanos(1)));
        assertEquals(503, liveness(replica, ttl.multipliedBy(2)));
        primary.alive = false;
        primary.connectable = false;
        primary.state = PostgresState.CRASHED;
        assertEquals(200, liveness(primary, ttl));
        replica.cluster.config.put("pause", true);
        assertEquals(200, liveness(replica, ttl.multipliedBy(5)));
    }

    @Test
    void livenessWaitsForTheFirstStatus() {
        Tick started = Situations.NOW;
        assertEquals(200, ProbeRules.liveness(Optional.empty(), started, started.plus(Duration.ofSeconds(59))));
        assertEquals(503, ProbeRules.liveness(Optional.empty(), started, started.plus(Duration.ofSeconds(60))));
    }

    @Test
    void readinessWantsAStreamingReplicaCloseBehind() {
        assertEquals(200, readiness("", Situations.primary()));
        assertEquals(200, readiness("", Situations.replica()));
        Node lagging = Situations.replica();
        lagging.replayed = new Lsn(Situations.OPTIME.value() - 1_048_577);
        assertEquals(503, readiness("", lagging));
        assertEquals(200, readiness("mode=write", lagging));
        assertEquals(200, readiness("lag=2MB", lagging));
        assertEquals(503, readiness("mode=apply", lagging));
        Node silent = Situations.replica();
        silent.receiver = Optional.empty();
        assertEquals(503, readiness("", silent));
        Node blind = Situations.replica();
        blind.hasView = false;
        assertEquals(503, readiness("", blind));
        Node expired = Situations.primary();
        expired.lockValidUntil = Optional.of(Situations.NOW);
        assertEquals(503, readiness("", expired));
    }

    private static Node synchronous() {
        Node n = Situations.replica();
        mode(n, true);
        n.cluster.sync("b", "a");
        return n;
    }

    private static int health(String path, String query, Node node) {
        return ProbeRules.health(path, Query.parse(query), Optional.of(node.status()), Situations.NOW);
    }

    private static int liveness(Node node, Duration later) {
        return ProbeRules.liveness(Optional.of(node.status()), Situations.NOW, Situations.NOW.plus(later));
    }

    private static int readiness(String query, Node node) {
        return ProbeRules.readiness(Query.parse(query), Optional.of(node.status()), Situations.NOW);
    }
}
