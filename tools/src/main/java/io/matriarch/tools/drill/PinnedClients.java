package io.matriarch.tools.drill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Applications that stay with one server whatever happens, each committing one row after the other until its connection
 * breaks. They tell for how long that server went on acknowledging. Any thread.
 */
final class PinnedClients implements AutoCloseable {

    private final List<Connection> connections = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Long> acknowledged = new ArrayList<>();
    private final CountDownLatch ended;
    private volatile boolean stopping;

    private PinnedClients(int clients) {
        ended = new CountDownLatch(clients);
    }

    /** @throws DrillException when the server does not take their first rows */
    static PinnedClients on(LocalAgent agent, int clients) {
        PinnedClients pinned = new PinnedClients(clients);
        try {
            for (int i = 0; i < clients; i++) {
                Connection connection = agent.sql().connectPatiently();
                pinned.connections.add(connection);
                if (i == 0) {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("create table if not exists drill_pinned (written timestamptz"
                                + " not null default clock_timestamp())");
                    }
                }
            }
        } catch (SQLException e) {
            pinned.close();
            throw new DrillException("cannot write to " + agent.name() + ": " + e.getMessage(), e);
        }
        pinned.start();
        return pinned;
    }

    private void start() {
        for (Connection connection : connections) {
            Thread thread = new Thread(() -> write(connection), "drill-pinned");
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void write(Connection connection) {
        try (PreparedStatement insert = connection.prepareStatement("insert into drill_pinned default values")) {
            while (!stopping) {
                insert.executeUpdate();
                long now = System.nanoTime();
                synchronized (acknowledged) {
                    acknowledged.add(now);
                }
                Thread.sleep(1);
            }
        } catch (SQLException e) {
            // The server was killed or turned read-only: that is what this client waits for.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    /** Waits until every connection has broken, at most so long. */
    void awaitEnd(Duration patience) {
        try {
            if (!ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                stopping = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrillException("interrupted", e);
        }
    }

    /** Commits acknowledged after a moment of {@link System#nanoTime}. */
    long acknowledgedSince(long nanos) {
        synchronized (acknowledged) {
            return acknowledged.stream().filter(at -> at - nanos > 0).count();
        }
    }

    /** When the last commit was acknowledged, as a moment of {@link System#nanoTime}. */
    Optional<Long> lastAcknowledged() {
        synchronized (acknowledged) {
            return acknowledged.stream().max(Long::compare);
        }
    }

    @Override
    public void close() {
        stopping = true;
        threads.forEach(Thread::interrupt);
        connections.forEach(Connections::drop);
    }
}
