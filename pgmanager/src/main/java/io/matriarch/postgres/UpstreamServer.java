package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.config.Credentials;
import io.matriarch.config.PostgresqlConfig;
import io.matriarch.ha.SlotName;
import io.matriarch.ha.Upstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server this member gets its WAL or its whole data from. */
final class UpstreamServer {

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamServer.class);
    /** Short: the loop waits for the operation that asks, and a host that drops packets never refuses. */
    private static final Duration QUESTION = Duration.ofSeconds(1);

    private final Upstream upstream;
    private final ServerSettings settings;
    private final PgPass pgpass;

    UpstreamServer(Upstream upstream, ServerSettings settings, PgPass pgpass) {
        this.upstream = upstream;
        this.settings = settings;
        this.pgpass = pgpass;
    }

    /**
     * What the server says of itself.
     *
     * @param history of its timeline; absent on timeline 1
     */
    record Identity(String systemIdentifier, Timeline timeline, Lsn position, boolean inRecovery, TimelineHistory history) {
    }

    String name() {
        return upstream.name().value();
    }

    /** Asks over the replication protocol, as the replication user. */
    Identity identify() throws OperationFailedException {
        try (Connection connection = Connections.openReplication(target(authentication().replication()), QUESTION);
                Statement statement = connection.createStatement()) {
            String system;
            int timeline;
            Lsn position;
            try (ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
                row.next();
                system = row.getString("systemid");
                timeline = row.getInt("timeline");
                position = Lsn.parse(row.getString("xlogpos"));
            }
            boolean inRecovery;
            try (ResultSet row = statement.executeQuery("SHOW transaction_read_only")) {
                row.next();
                inRecovery = row.getString(1).equals("on");
            }
            TimelineHistory history = TimelineHistory.ABSENT;
            if (timeline > 1) {
                try (ResultSet row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
                    row.next();
                    history = DataDirectory.parseHistory(new String(row.getBytes("content"), StandardCharsets.UTF_8));
                }
            }
            return new Identity(system, new Timeline(timeline), position, inRecovery, history);
        } catch (SQLException e) {
            throw new OperationFailedException("cannot ask " + this + ": " + e.getMessage(), e);
        }
    }

    /** Waits until its control file is of its current timeline, by a checkpoint where allowed. */
    void awaitCheckpointOnTimeline(Work work, Duration timeout) throws OperationFailedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean forced = false;
        try (Connection connection = Connections.open(target(rewindLogin()), "Matriarch", timeout.plusSeconds(1), timeout)) {
            while (!isCheckpointed(connection)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new OperationFailedException("Waiting for checkpoint on " + name() + " before rewind");
                }
                if (!forced) {
                    forced = true;
                    tryCheckpoint(connection);
                } else {
                    work.pause(Duration.ofMillis(50));
                }
            }
        } catch (SQLException e) {
            throw new OperationFailedException("cannot ask " + this + ": " + e.getMessage(), e);
        }
    }

    private static boolean isCheckpointed(Connection connection) throws SQLException {
        return LocalSql.ask(connection, "SELECT timeline_id = ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))"
                + "::bit(32)::int FROM pg_control_checkpoint()").orElse("f").equals("t");
    }

    private static void tryCheckpoint(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CHECKPOINT");
        } catch (SQLException e) { // a rewind user need not be allowed to; the server will checkpoint by itself
            LOG.debug("no checkpoint on request", e);
        }
    }

    /** Writes the password file for it and returns the environment that makes programs use it. */
    Map<String, String> environment() throws OperationFailedException {
        try {
            pgpass.write(upstream.host(), upstream.port(), List.of(authentication().replication(), rewindLogin(),
                    authentication().superuser()));
            return Map.of("PGPASSFILE", pgpass.file().toString());
        } catch (IOException e) {
            throw new OperationFailedException("cannot write " + pgpass.file() + ": " + e, e);
        }
    }

    /**
     * The source for a replica. Writes the password file that it names, and creates this member's slot where it is
     * missing: the primary would do it a moment later, while PostgreSQL retries only after seconds.
     */
    ConfigurationFiles.Source source() throws OperationFailedException {
        environment();
        if (settings.useSlots()) {
            ensureSlot();
        }
        Map<String, String> values = conninfo(authentication().replication());
        values.put("passfile", pgpass.file().toString());
        values.put("application_name", settings.me().value());
        return new ConfigurationFiles.Source(Conninfo.format(values),
                settings.useSlots() ? SlotName.of(settings.me()) : "");
    }

    private void ensureSlot() {
        String slot = SlotName.of(settings.me());
        try (Connection connection = Connections.openReplication(target(authentication().replication()), QUESTION);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE_REPLICATION_SLOT " + slot + " PHYSICAL RESERVE_WAL");
            LOG.info("created replication slot {} on {}", slot, name());
        } catch (SQLException e) {
            if (!"42710".equals(e.getSQLState())) { // it is there already
                LOG.info("replication slot {} on {}: {}", slot, this, e.getMessage());
            }
        }
    }

    /** The connection string of pg_basebackup. */
    String backupConninfo() {
        Map<String, String> values = conninfo(authentication().replication());
        values.remove("dbname");
        return Conninfo.format(values);
    }

    /** The connection string of pg_rewind. */
    String rewindConninfo() {
        Map<String, String> values = conninfo(rewindLogin());
        values.put("target_session_attrs", "read-write");
        values.put("options", "-c statement_timeout=0");
        return Conninfo.format(values);
    }

    private Map<String, String> conninfo(Credentials login) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("host", upstream.host());
        values.put("port", Integer.toString(upstream.port()));
        values.put("user", login.username());
        values.put("dbname", upstream.database().orElse(settings.local().database()));
        values.put("sslmode", "prefer");
        values.put("gssencmode", "prefer");
        values.put("channel_binding", "prefer");
        login.options().forEach((name, value) -> {
            if (!name.equals("sslpassword")) {
                values.put(name, value);
            }
        });
        return values;
    }

    private Credentials rewindLogin() {
        return authentication().rewind().orElse(authentication().superuser());
    }

    private PostgresqlConfig.Authentication authentication() {
        return settings.local().authentication();
    }

    private Connections.Target target(Credentials login) {
        return new Connections.Target(upstream.host(), upstream.port(),
                upstream.database().orElse(settings.local().database()), login);
    }

    @Override
    public String toString() {
        return name() + " at " + upstream.host() + ":" + upstream.port();
    }
}
