package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A cluster as {@code GET /cluster} shows it: the common ground of tables made from the store and from the REST API.
 * Pure.
 */
final class ClusterDocument {

    private static final int POSTGRES_PORT = 5432;

    private ClusterDocument() {
    }

    /** {@code members} sorted by name, {@code pause} and {@code scheduled_switchover} when they apply. */
    static Map<String, Object> of(ClusterView view) {
        Map<String, Object> document = new LinkedHashMap<>();
        List<Map<String, Object>> members = new ArrayList<>();
        view.members().values().forEach(member -> members.add(member(view, member)));
        document.put("members", members);
        if (view.isPaused()) {
            document.put("pause", true);
        }
        view.failover().filter(f -> f.scheduledAt().isPresent())
                .ifPresent(f -> document.put("scheduled_switchover", scheduled(f)));
        return document;
    }

    /** Whether the cluster replicates from another one. */
    static boolean isStandbyCluster(ClusterView view) {
        return view.config().document().get("standby_cluster") instanceof Map<?, ?> standby
                && (isGiven(standby.get("host")) || isGiven(standby.get("port"))
                || isGiven(standby.get("restore_command")));
    }

    /** {@code synchronous_mode} is on, in either form. */
    static boolean isSynchronous(ClusterView view) {
        return !isStandbyCluster(view) && (isQuorum(view) || switch (synchronousMode(view)) {
            case "on", "true", "yes", "1" -> true;
            default -> false;
        });
    }

    private static boolean isQuorum(ClusterView view) {
        return synchronousMode(view).equals("quorum");
    }

    private static String synchronousMode(ClusterView view) {
        return String.valueOf(view.config().document().get("synchronous_mode")).toLowerCase(Locale.ROOT);
    }

    private static boolean isGiven(Object value) {
        return value != null && !value.toString().isEmpty();
    }

    private static Map<String, Object> scheduled(FailoverRequest request) {
        Map<String, Object> out = new LinkedHashMap<>();
        request.scheduledAt().ifPresent(at -> out.put("at", at));
        request.leader().ifPresent(from -> out.put("from", from.value()));
        request.candidate().ifPresent(to -> out.put("to", to.value()));
        return out;
    }

    private static Map<String, Object> member(ClusterView view, Member member) {
        Member.MemberRecord record = member.record();
        boolean locked = view.isLockedBy(member.name());
        String role = role(view, member.name());
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", member.name().value());
        out.put("role", role);
        out.put("state", role.equals("leader") ? record.state() : record.replicationState().orElse(record.state()));
        record.apiUrl().ifPresent(url -> out.put("api_url", url));
        record.connUrl().flatMap(ClusterDocument::uri).ifPresent(url -> {
            out.put("host", unbracketed(url.getHost()));
            out.put("port", url.getPort() < 0 ? POSTGRES_PORT : url.getPort());
        });
        record.timeline().ifPresent(tl -> out.put("timeline", tl.value()));
        for (String name : List.of("pending_restart", "pending_restart_reason", "scheduled_restart")) {
            Optional.ofNullable(record.extra().get(name)).ifPresent(value -> out.put(name, value));
        }
        if (!record.tags().isEmpty()) {
            out.put("tags", record.tags());
        }
        if (!locked) {
            position(out, "receive_", record.receiveLsn(), view.status().optime());
            position(out, "replay_", record.replayLsn(), view.status().optime());
            position(out, "", record.xlogLocation(), view.status().optime());
        }
        return out;
    }

    private static String role(ClusterView view, MemberName name) {
        if (view.isLockedBy(name)) {
            return isStandbyCluster(view) ? "standby_leader" : "leader";
        }
        boolean synchronous = isSynchronous(view) && view.sync().filter(s -> s.leader().isPresent())
                .filter(s -> s.standbys().stream().anyMatch(n -> n.value().equalsIgnoreCase(name.value())))
                .isPresent();
        return !synchronous ? "replica" : isQuorum(view) ? "quorum_standby" : "sync_standby";
    }

    private static void position(Map<String, Object> out, String prefix, Optional<Lsn> lsn, Lsn optime) {
        Optional<Lsn> known = lsn.filter(Lsn::isKnown);
        out.put(prefix + "lsn", known.<Object>map(Lsn::toString).orElse("unknown"));
        out.put(prefix + "lag", known.<Object>map(at -> Math.max(0, optime.value() - at.value())).orElse("unknown"));
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(URI.create(text)).filter(u -> u.getHost() != null);
        } catch (IllegalArgumentException e) {
            // A member key that somebody else filled; the table then has no host for it.
            return Optional.empty();
        }
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }
}
