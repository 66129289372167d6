package io.matriarch.rest;

import io.matriarch.config.UnitText;
import io.matriarch.cluster.Lsn;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Which status code a health check gets: 200 or 503. Pure: everything it rests on is passed in, above all the moment
 * of the check, so that a process that slept through the end of its leader lock does not claim to be the primary.
 *
 * <p>Which check is meant is decided by what the path contains, in the order of {@link #health}: {@code /healthz} is
 * {@code /health}, and {@code /standby_leader} is not {@code /leader}.
 */
final class ProbeRules {

    static final int UP = 200;
    static final int DOWN = 503;

    /** How long an agent may take to its first status before it counts as dead. */
    static final Duration PATIENCE_AT_START = Duration.ofSeconds(60);

    private ProbeRules() {
    }

    /** The code for any path that is a health check by default. */
    static int health(String path, Query query, Optional<NodeStatus> status, Tick now) {
        return status.map(s -> health(normalized(path), query, s, NodeFacts.of(s, now))).orElse(DOWN);
    }

    /** The code of {@code /liveness}: whether the loop still turns. */
    static int liveness(Optional<NodeStatus> status, Tick agentStarted, Tick now) {
        if (status.isEmpty()) {
            return code(now.isBefore(agentStarted.plus(PATIENCE_AT_START)));
        }
        NodeStatus s = status.get();
        NodeFacts facts = NodeFacts.of(s, now);
        boolean runningPrimary = facts.isPrimary() && s.postgres().alive();
        Duration patience = runningPrimary ? s.settings().ttl() : s.settings().ttl().multipliedBy(2);
        return code(facts.paused() || now.isBefore(s.nextTick().plus(patience)));
    }

    /** The code of {@code /readiness}: whether this member leads or is close behind the leader. */
    static int readiness(Query query, Optional<NodeStatus> status, Tick now) {
        if (status.isEmpty()) {
            return DOWN;
        }
        NodeStatus s = status.get();
        NodeFacts facts = NodeFacts.of(s, now);
        if (facts.leader()) {
            return UP;
        }
        boolean write = query.get("mode").filter("write"::equals).isPresent();
        Lsn position = write ? s.postgres().received() : s.postgres().replayed();
        long limit = lag(query).orElse(s.settings().maximumLagOnFailover());
        return code(facts.isRunning() && facts.isStreaming() && facts.leaderPosition().isKnown()
                && !isBehind(facts.leaderPosition(), position, limit));
    }

    /** The path without leading slashes but one; the root stands for {@code /primary}. */
    private static String normalized(String path) {
        int start = 0;
        while (start < path.length() && path.charAt(start) == '/') {
            start++;
        }
        return start == path.length() ? "/primary" : "/" + path.substring(start);
    }

    private static int health(String path, Query query, NodeStatus status, NodeFacts facts) {
        Leading leading = Leading.of(facts);
        if (path.contains("standby_leader") || path.contains("standby-leader")) {
            return code(leading.standbyLeader);
        }
        if (path.contains("leader")) {
            return code(leading.leader);
        }
        if (path.contains("master") || path.contains("primary") || path.contains("read-write")) {
            return code(leading.primary);
        }
        boolean replica = isReplica(query, status, facts, leading);
        boolean writable = leading.primary || leading.standbyLeader;
        boolean up;
        if (path.contains("replica")) {
            up = replica;
        } else if (path.contains("read-only") && !path.contains("sync") && !path.contains("quorum")) {
            up = writable || replica;
        } else if (path.contains("health")) {
            up = facts.isRunning();
        } else {
            up = facts.view().isPresent() && isOfKind(path, facts, replica, writable);
        }
        return code(up && query.matchesTags(status.tags()));
    }

    private static boolean isOfKind(String path, NodeFacts facts, boolean replica, boolean writable) {
        return switch (path) {
            case "/sync", "/synchronous" -> replica && facts.syncStandby();
            case "/quorum" -> replica && facts.quorumStandby();
            case "/async", "/asynchronous" -> replica && !facts.syncStandby() && !facts.quorumStandby();
            case "/read-only-quorum" -> writable || replica && facts.quorumStandby();
            case "/read-only-sync", "/read-only-synchronous" -> writable || replica && facts.syncStandby();
            default -> false;
        };
    }

    private static boolean isReplica(Query query, NodeStatus status, NodeFacts facts, Leading leading) {
        if (leading.replicaBarred || isTagged(status.tags(), "noloadbalance") || !facts.isReplica()
                || !facts.isRunning()) {
            return false;
        }
        Optional<Long> lag = lag(query);
        if (lag.isPresent() && facts.leaderPosition().isKnown()
                && isBehind(facts.leaderPosition(), status.postgres().replayed(), lag.get())) {
            return false;
        }
        return query.get("replication_state").map(wanted -> facts.replicationState().filter(wanted::equals).isPresent())
                .orElse(true);
    }

    private static boolean isBehind(Lsn leader, Lsn mine, long limit) {
        return leader.value() - mine.value() > limit;
    }

    private static boolean isTagged(Map<String, Object> tags, String name) {
        Object tag = tags.get(name);
        return !(tag == null || tag.equals(Boolean.FALSE) || tag.equals("")
                || tag instanceof Number n && n.doubleValue() == 0);
    }

    private static int code(boolean up) {
        return up ? UP : DOWN;
    }

    /**
     * What the leader lock allows.
     *
     * @param replicaBarred the leader of a standby cluster is in recovery but no replica to be read from
     */
    private record Leading(boolean leader, boolean primary, boolean standbyLeader, boolean replicaBarred) {

        static Leading of(NodeFacts f) {
            if (f.view().isEmpty() && f.paused()) {
                return new Leading(f.isPrimary() || f.isStandbyLeader(), f.isPrimary(), f.isStandbyLeader(), false);
            }
            if (!f.leader()) {
                return new Leading(false, false, false, false);
            }
            return f.standbyCluster() ? new Leading(true, false, f.isReplica() || f.isStandbyLeader(), true)
                    : new Leading(true, true, false, false);
        }
    }

    /** The parameter lag in bytes; absent when it cannot be read. */
    private static Optional<Long> lag(Query query) {
        return query.get("lag").flatMap(text -> UnitText.parse(text, "B").stream().boxed().findFirst());
    }
}
