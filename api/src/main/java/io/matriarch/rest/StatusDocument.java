package io.matriarch.rest;

import io.matriarch.cluster.PostgresRole;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The body of {@code GET /patroni} and of every health check: what this member says of itself. Pure. */
final class StatusDocument {

    private final String version;
    private final String scope;
    private final String name;

    StatusDocument(String version, String scope, String name) {
        this.version = version;
        this.scope = scope;
        this.name = name;
    }

    /** The document as a JSON value, fields in the order clients know. */
    Map<String, Object> of(Optional<NodeStatus> status, Tick now) {
        Map<String, Object> doc = new LinkedHashMap<>();
        if (status.isPresent()) {
            NodeFacts facts = NodeFacts.of(status.get(), now);
            addPostgres(doc, status.get().postgres(), facts);
            addCluster(doc, status.get(), facts, now);
        } else {
            doc.put("state", NodeFacts.UNKNOWN);
            doc.put("role", PostgresRole.UNINITIALIZED.wire());
            doc.put("cluster_unlocked", true);
            doc.put("dcs_last_seen", 0);
        }
        Map<String, Object> agent = new LinkedHashMap<>();
        agent.put("version", version);
        agent.put("scope", scope);
        agent.put("name", name);
        doc.put("patroni", agent);
        return doc;
    }

    private static void addPostgres(Map<String, Object> doc, PostgresStatus pg, NodeFacts facts) {
        boolean answered = pg.connectable() && !facts.state().equals(NodeFacts.UNKNOWN);
        doc.put("state", facts.state());
        if (answered) {
            pg.startTime().ifPresent(t -> doc.put("postmaster_start_time", t));
        }
        doc.put("role", facts.role());
        if (answered) {
            doc.put("server_version", pg.serverVersion());
            doc.put("xlog", pg.role() == PostgresRole.PRIMARY ? Map.of("location", pg.flushed().value()) : replay(pg));
            doc.put("timeline", pg.timeline().isKnown() ? pg.timeline().value() : null);
            facts.replicationState().ifPresent(s -> doc.put("replication_state", s));
            if (!pg.replicas().isEmpty()) {
                doc.put("replication", pg.replicas().stream().map(StatusDocument::sender).toList());
            }
        }
        if (facts.syncStandby()) {
            doc.put("sync_standby", true);
        }
        if (facts.quorumStandby()) {
            doc.put("quorum_standby", true);
        }
    }

    private static void addCluster(Map<String, Object> doc, NodeStatus status, NodeFacts facts, Tick now) {
        if (facts.paused()) {
            doc.put("pause", true);
        }
        if (facts.isUnlocked()) {
            doc.put("cluster_unlocked", true);
        }
        if (status.lock().isPromisedAt(now)) {
            doc.put("failsafe_mode_is_active", true);
        }
        doc.put("dcs_last_seen", Math.max(0, status.dcsLastSeen().getEpochSecond()));
        if (!status.tags().isEmpty()) {
            doc.put("tags", status.tags());
        }
        status.postgres().systemIdentifier().ifPresent(id -> doc.put("database_system_identifier", id));
        if (status.postgres().guard().trouble().isPresent()) {
            doc.put("watchdog_failed", true);
        }
        if (!status.postgres().pendingRestart().isEmpty()) {
            doc.put("pending_restart", true);
            doc.put("pending_restart_reason", pending(status.postgres().pendingRestart()));
        }
    }

    private static Map<String, Object> replay(PostgresStatus pg) {
        Map<String, Object> xlog = new LinkedHashMap<>();
        xlog.put("received_location", pg.received().isKnown() ? pg.received().value() : pg.replayed().value());
        xlog.put("replayed_location", pg.replayed().value());
        xlog.put("replayed_timestamp", pg.replayedTimestamp().orElse(null));
        xlog.put("paused", pg.replayPaused());
        return xlog;
    }

    private static Map<String, Object> sender(PostgresStatus.Replica r) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("usename", r.user());
        row.put("application_name", r.applicationName());
        row.put("client_addr", r.clientAddress().orElse(null));
        row.put("state", r.state());
        row.put("sync_state", r.syncState());
        row.put("sync_priority", r.syncPriority());
        return row;
    }

    private static Map<String, Object> pending(Map<String, List<String>> parameters) {
        Map<String, Object> reasons = new java.util.TreeMap<>();
        parameters.forEach((parameter, values) -> {
            Map<String, Object> change = new LinkedHashMap<>();
            change.put("old_value", values.isEmpty() ? null : values.get(0));
            change.put("new_value", values.size() < 2 ? null : values.get(1));
            reasons.put(parameter, change);
        });
        return reasons;
    }
}
