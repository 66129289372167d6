package io.matriarch.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parameters whose new value waits for a restart. PostgreSQL marks those of the file itself; those of the command line are
 * compared here. Asked anew only after a reload, a restart or a change of the settings.
 */
final class PendingRestart {

    private static final Logger LOG = LoggerFactory.getLogger(PendingRestart.class);
    private static final Duration QUESTION = Duration.ofSeconds(1);
    /** Settings of recovery change with the role of the server and mean nothing to a primary. */
    private static final Set<String> NOT_COUNTED = Set.of("hot_standby", "listen_addresses", "cluster_name", "primary_conninfo",
            "primary_slot_name", "restore_command", "archive_cleanup_command", "recovery_end_command",
            "recovery_min_apply_delay", "promote_trigger_file");
    private static final String RECOVERY_TARGET = "recovery_target";

    private final LocalSql sql;
    private final Supplier<ServerSettings> settings;
    private ServerSettings judged;
    private String judgedRun = "";
    private Map<String, List<String>> result = Map.of();

    PendingRestart(LocalSql sql, Supplier<ServerSettings> settings) {
        this.sql = sql;
        this.settings = settings;
    }

    /** Name to old and new value. */
    Map<String, List<String>> of(Heartbeat.Facts facts) {
        String run = facts.startTime() + "|" + facts.confLoaded();
        ServerSettings now = settings.get();
        if (now != judged || !run.equals(judgedRun)) {
            try {
                result = ask(now.parameters());
                judged = now;
                judgedRun = run;
            } catch (SQLException e) {
                LOG.info("cannot tell which parameters wait for a restart: {}", e.getMessage());
            }
        }
        return result;
    }

    private Map<String, List<String>> ask(Parameters wanted) throws SQLException {
        Map<String, List<String>> pending = new TreeMap<>();
        try (Connection connection = sql.open(QUESTION);
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT name, setting, pending_restart, current_setting(name, true) FROM pg_settings"
                                + " WHERE pending_restart OR name = ANY (?)")) {
            statement.setArray(1, connection.createArrayOf("text", wanted.controlled().keySet().toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String name = row.getString(1);
                    String controlled = wanted.controlled().get(name);
                    if (NOT_COUNTED.contains(name) || name.startsWith(RECOVERY_TARGET)) {
                        continue;
                    }
                    if (controlled == null) {
                        pending.put(name, List.of(row.getString(4), wanted.file().getOrDefault(name, "?")));
                    } else if (!controlled.equals(row.getString(2))) {
                        pending.put(name, List.of(row.getString(2), controlled));
                    }
                }
            }
        }
        return pending;
    }
}
