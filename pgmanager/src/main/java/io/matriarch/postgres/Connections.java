package io.matriarch.postgres;

import io.matriarch.config.Credentials;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/**
 * Opens JDBC connections. TCP only: the driver knows no Unix sockets. Passwords travel in properties, never in the
 * address.
 */
final class Connections {

    private static final Duration TO_CONNECT = Duration.ofSeconds(3);

    private Connections() {
    }

    /** Where and as whom. */
    record Target(String host, int port, String database, Credentials login) {

        static Target local(ServerSettings settings) {
            return new Target(settings.localHost(), settings.local().listenPort(), settings.local().database(),
                    settings.local().authentication().superuser());
        }
    }

    /**
     * @param applicationName  shown in {@code pg_stat_activity}
     * @param answer           how long an answer may take before the connection is given up, at least a second
     * @param statementTimeout how long the server works on a statement; zero means for ever
     */
    static Connection open(Target target, String applicationName, Duration answer, Duration statementTimeout)
            throws SQLException {
        Properties p = properties(target, applicationName, answer);
        p.setProperty("options", "-c statement_timeout=" + statementTimeout.toMillis()
                + " -c pg_stat_statements.track=none -c synchronous_commit=local");
        return DriverManager.getConnection(address(target), p);
    }

    /** Opens a connection that understands replication commands. */
    static Connection openReplication(Target target, Duration answer) throws SQLException {
        Properties p = properties(target, "Matriarch", answer);
        p.setProperty("replication", "true");
        p.setProperty("assumeMinServerVersion", "13");
        p.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection(address(target), p);
    }

    private static Properties properties(Target target, String applicationName, Duration answer) {
        Properties p = new Properties();
        p.setProperty("user", target.login().username());
        target.login().password().ifPresent(secret -> p.setProperty("password", secret.reveal()));
        p.setProperty("ApplicationName", applicationName);
        String connect = Long.toString(Math.max(1, Math.min(TO_CONNECT.toSeconds(), answer.toSeconds())));
        p.setProperty("connectTimeout", connect);
        p.setProperty("loginTimeout", "0"); // a login timeout would cost a thread for each connection
        p.setProperty("socketTimeout", Long.toString(Math.max(1, answer.toSeconds())));
        p.setProperty("gssEncMode", "disable");
        copy(target, p, "sslmode", "sslmode");
        copy(target, p, "sslcert", "sslcert");
        copy(target, p, "sslkey", "sslkey");
        copy(target, p, "sslpassword", "sslpassword");
        copy(target, p, "sslrootcert", "sslrootcert");
        copy(target, p, "channel_binding", "channelBinding");
        return p;
    }

    private static void copy(Target target, Properties p, String option, String property) {
        String value = target.login().options().get(option);
        if (value != null) {
            p.setProperty(property, value);
        }
    }

    private static String address(Target target) {
        String host = target.host().indexOf(':') >= 0 ? "[" + target.host() + "]" : target.host();
        return "jdbc:postgresql://" + host + ":" + target.port() + "/" + java.net.URLEncoder.encode(target.database(),
                java.nio.charset.StandardCharsets.UTF_8);
    }
}
