package io.matriarch.tools.drill;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * Questions to one PostgreSQL, over a connection that is kept while it works. Any thread, one at a time; no answer takes
 * more than two seconds.
 */
public final class NodeSql implements AutoCloseable {

    private static final String TIMEOUT_SECONDS = "1";

    private final String url;
    private final String password;
    private final String application;
    private Connection connection;

    NodeSql(AgentSite site, String password, String application) {
        this.url = "jdbc:postgresql://" + site.host() + ":" + site.postgresPort() + "/postgres";
        this.password = password;
        this.application = application;
    }

    /** A new connection, which the caller closes. */
    Connection connect() throws SQLException {
        return connect(TIMEOUT_SECONDS);
    }

    /** As {@link #connect}, but one that waits for an answer as long as it takes. */
    Connection connectPatiently() throws SQLException {
        return connect("0");
    }

    private Connection connect(String answerSeconds) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", AgentYaml.SUPERUSER);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", answerSeconds);
        properties.setProperty("ApplicationName", application);
        properties.setProperty("assumeMinServerVersion", "13");
        return DriverManager.getConnection(url, properties);
    }

    /** The first column of all rows; empty when the server does not answer. */
    public synchronized Optional<List<String>> ask(String sql) {
        try {
            if (connection == null) {
                connection = connect();
            }
            try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
                List<String> out = new ArrayList<>();
                while (rows.next()) {
                    out.add(rows.getString(1));
                }
                return Optional.of(out);
            }
        } catch (SQLException e) {
            // Down, starting, or gone with the connection: the next question opens another one.
            close();
            return Optional.empty();
        }
    }

    /** Whether it answers and takes writes. */
    public boolean isWritable() {
        return ask("select pg_is_in_recovery()").filter(List.of("f")::equals).isPresent();
    }

    /** The members that stream from it; none when it does not answer. Clones being made stream too, and do not count. */
    public List<String> streaming() {
        return ask("select application_name from pg_stat_replication where state = 'streaming'"
                + " and application_name not in ('pg_basebackup', 'pg_rewind') order by 1").orElse(List.of());
    }

    /** Whether everyone who streams from it has replayed all but 64 KiB of what it has. */
    public boolean isCaughtUp() {
        return ask("select coalesce(max(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), replay_lsn)), 0) < 65536"
                + " from pg_stat_replication where state = 'streaming' and application_name <> 'pg_basebackup'")
                .filter(List.of("t")::equals).isPresent();
    }

    @Override
    public synchronized void close() {
        if (connection != null) {
            Connections.drop(connection);
            connection = null;
        }
    }
}
