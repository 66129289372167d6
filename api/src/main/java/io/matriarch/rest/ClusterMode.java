package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import java.util.Locale;
import java.util.Map;

/**
 * How a cluster is run, as the config key says.
 *
 * @param synchronous {@code synchronous_mode} is on, in either form
 * @param quorum      its form is {@code quorum}
 * @param standby     the cluster follows another one
 */
record ClusterMode(boolean synchronous, boolean quorum, boolean standby) {

    static ClusterMode of(ClusterView view) {
        Map<String, Object> config = view.config().document();
        boolean standby = config.get("standby_cluster") instanceof Map<?, ?> s
                && (isTruthy(s.get("host")) || isTruthy(s.get("port")) || isTruthy(s.get("restore_command")));
        String mode = String.valueOf(config.get("synchronous_mode")).toLowerCase(Locale.ROOT);
        boolean quorum = mode.equals("quorum") && !standby;
        boolean on = switch (mode) {
            case "on", "true", "yes", "1" -> !standby;
            default -> false;
        };
        return new ClusterMode(on || quorum, quorum, standby);
    }

    /** Whether the member is a synchronous standby or a voter; names compare without regard to case. */
    static boolean isInSync(ClusterView view, MemberName member) {
        return view.sync().filter(s -> s.leader().isPresent())
                .map(s -> s.standbys().stream().anyMatch(n -> n.value().equalsIgnoreCase(member.value())))
                .orElse(false);
    }

    private static boolean isTruthy(Object value) {
        return !(value == null || value.equals(Boolean.FALSE) || value.equals("")
                || value instanceof Number n && n.doubleValue() == 0);
    }
}
