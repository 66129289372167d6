package io.matriarch.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the local server that is opened while something else is done. What is asked on it is asked then, and not
 * before. Used and closed by one thread.
 */
final class EarlyConnection implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EarlyConnection.class);

    private final CompletableFuture<Connection> opened = new CompletableFuture<>();
    private final Duration patience;

    private EarlyConnection(Duration patience) {
        this.patience = patience;
    }

    /** Begins to open it, on a thread of its own. */
    static EarlyConnection begin(LocalSql sql, Duration patience) {
        EarlyConnection early = new EarlyConnection(patience);
        Thread thread = new Thread(() -> early.open(sql), "early-connection");
        thread.setDaemon(true);
        thread.start();
        return early;
    }

    private void open(LocalSql sql) {
        try {
            Connection connection = sql.open(patience);
            if (!opened.complete(connection)) {
                close(connection);
            }
        } catch (SQLException | RuntimeException e) {
            opened.completeExceptionally(e);
        }
    }

    /** The first column of the first row as text. Waits for the connection, at most for the patience. */
    Optional<String> ask(String sql) throws SQLException {
        try {
            return LocalSql.ask(opened.get(patience.toMillis(), TimeUnit.MILLISECONDS), sql);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SQLException cause ? cause : new SQLException(e.getCause());
        } catch (TimeoutException e) {
            throw new SQLException("no connection within " + patience.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", e);
        }
    }

    @Override
    public void close() {
        boolean nothing = opened.cancel(false) || opened.isCompletedExceptionally();
        if (!nothing) {
            close(opened.join());
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("closing a connection", e);
        }
    }
}
