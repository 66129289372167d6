package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The body of {@code GET /cluster}: members, their roles, states and lags. Pure. */
public final class ClusterDocument {

    private static final int DEFAULT_PORT = 5432;
    private static final String UNKNOWN = "unknown";
    private static final List<String> COPIED = List.of("pending_restart", "pending_restart_reason", "scheduled_restart");

    private ClusterDocument() {
    }

    /** The document as a JSON value; objects keep the order of their keys. */
    public static Map<String, Object> of(ClusterView view, String scope) {
        Map<String, Object> doc = new LinkedHashMap<>();
        doc.put("members", members(view));
        doc.put("scope", scope);
        if (view.isPaused()) {
            doc.put("pause", true);
        }
        view.failover().filter(f -> f.scheduledAt().isPresent()).ifPresent(f -> {
            Map<String, Object> scheduled = new LinkedHashMap<>();
            scheduled.put("at", f.scheduledAt().get());
            f.leader().ifPresent(l -> scheduled.put("from", l.value()));
            f.candidate().ifPresent(c -> scheduled.put("to", c.value()));
            doc.put("scheduled_switchover", scheduled);
        });
        return doc;
    }

    /** The members, sorted by name. A leader without a member key is not listed. */
    public static List<Map<String, Object>> members(ClusterView view) {
        ClusterMode mode = ClusterMode.of(view);
        List<Map<String, Object>> list = new ArrayList<>();
        for (Member member : view.members().values()) {
            list.add(member(view, member, mode));
        }
        return list;
    }

    private static Map<String, Object> member(ClusterView view, Member member, ClusterMode mode) {
        MemberRecord record = member.record();
        boolean leader = view.isLockedBy(member.name());
        String role = role(view, member.name(), mode);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", member.name().value());
        m.put("role", role);
        m.put("state", role.equals("leader") ? record.state() : record.replicationState().orElse(record.state()));
        m.put("api_url", record.apiUrl().orElse(null));
        record.connUrl().flatMap(ClusterDocument::address).ifPresent(a -> {
            m.put("host", a.host());
            m.put("port", a.port());
        });
        record.timeline().ifPresent(t -> m.put("timeline", t.value()));
        COPIED.stream().filter(record.extra()::containsKey).forEach(key -> m.put(key, record.extra().get(key)));
        if (!record.tags().isEmpty()) {
            m.put("tags", record.tags());
        }
        if (!leader) {
            Lsn end = view.status().optime();
            addPosition(m, "receive_lsn", "receive_lag", record.receiveLsn(), end);
            addPosition(m, "replay_lsn", "replay_lag", record.replayLsn(), end);
            addPosition(m, "lsn", "lag", record.xlogLocation(), end);
        }
        return m;
    }

    private static String role(ClusterView view, MemberName name, ClusterMode mode) {
        if (view.isLockedBy(name)) {
            return mode.standby() ? "standby_leader" : "leader";
        }
        if (mode.synchronous() && ClusterMode.isInSync(view, name)) {
            return mode.quorum() ? "quorum_standby" : "sync_standby";
        }
        return "replica";
    }

    private static void addPosition(Map<String, Object> m, String lsnKey, String lagKey, Optional<Lsn> lsn, Lsn end) {
        boolean known = lsn.filter(Lsn::isKnown).isPresent();
        m.put(lsnKey, known ? lsn.get().toString() : UNKNOWN);
        m.put(lagKey, known ? (Object) Math.max(0L, end.value() - lsn.get().value()) : UNKNOWN);
    }

    /** Host and port of {@code postgres://host:port/database}; other parts are ignored. */
    private static Optional<Address> address(String connUrl) {
        int scheme = connUrl.indexOf("://");
        if (scheme < 0) {
            return Optional.empty();
        }
        String rest = connUrl.substring(scheme + 3);
        int end = rest.indexOf('/');
        String authority = end < 0 ? rest : rest.substring(0, end);
        String hostPort = authority.substring(authority.lastIndexOf('@') + 1);
        int bracket = hostPort.lastIndexOf(']');
        int colon = hostPort.lastIndexOf(':');
        String host = colon > bracket ? hostPort.substring(0, colon) : hostPort;
        String port = colon > bracket ? hostPort.substring(colon + 1) : "";
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (bare.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Address(bare, port.matches("\\d{1,5}") ? Integer.parseInt(port) : DEFAULT_PORT));
    }

    private record Address(String host, int port) {
    }
}
