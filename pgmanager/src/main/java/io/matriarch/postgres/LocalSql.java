package io.matriarch.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Single statements on the local server, each on a connection of its own. Any thread. */
final class LocalSql {

    private final Supplier<Connections.Target> target;

    LocalSql(Supplier<Connections.Target> target) {
        this.target = target;
    }

    Connection open(Duration timeout) throws SQLException {
        return Connections.open(target.get(), "Matriarch", timeout.plusSeconds(1), timeout);
    }

    void execute(String sql, Duration timeout) throws SQLException {
        try (Connection connection = open(timeout); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row as text. */
    Optional<String> ask(String sql, Duration timeout) throws SQLException {
        try (Connection connection = open(timeout)) {
            return ask(connection, sql);
        }
    }

    static Optional<String> ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
        }
    }
}
