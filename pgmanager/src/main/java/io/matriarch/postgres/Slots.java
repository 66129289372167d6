package io.matriarch.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The physical replication slots of the local server. */
final class Slots {

    private static final Logger LOG = LoggerFactory.getLogger(Slots.class);
    private static final Duration TO_ANSWER = Duration.ofSeconds(5);

    private final LocalSql sql;

    Slots(LocalSql sql) {
        this.sql = sql;
    }

    /** Creates what is missing, with its WAL reserved, and drops what is neither wanted nor in use. */
    boolean sync(Set<String> wanted) {
        boolean complete = true;
        try (Connection connection = sql.open(TO_ANSWER)) {
            Map<String, Boolean> existing = existing(connection);
            for (String name : wanted) {
                if (!existing.containsKey(name)) {
                    complete &= change(connection, "SELECT pg_create_physical_replication_slot(?, true)", name);
                }
            }
            for (Map.Entry<String, Boolean> slot : existing.entrySet()) {
                if (!wanted.contains(slot.getKey()) && !slot.getValue()) {
                    complete &= change(connection, "SELECT pg_drop_replication_slot(?)", slot.getKey());
                }
            }
            return complete;
        } catch (SQLException e) {
            LOG.warn("cannot care for the replication slots: {}", e.getMessage());
            return false;
        }
    }

    /** Name to whether it is in use. */
    private static Map<String, Boolean> existing(Connection connection) throws SQLException {
        Map<String, Boolean> slots = new TreeMap<>();
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT slot_name, active FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary")) {
            while (row.next()) {
                slots.put(row.getString(1), row.getBoolean(2));
            }
        }
        return slots;
    }

    private static boolean change(Connection connection, String statement, String slot) {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            prepared.setString(1, slot);
            prepared.execute();
            LOG.info("replication slot {}: {}", slot, statement.contains("drop") ? "dropped" : "created");
            return true;
        } catch (SQLException e) {
            LOG.warn("replication slot {}: {}", slot, e.getMessage());
            return false;
        }
    }
}
