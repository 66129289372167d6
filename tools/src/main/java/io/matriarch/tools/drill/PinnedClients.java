package io.matriarch.tools.drill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Applications that stay with one server whatever happens, each committing one row after the other until its connection
 * breaks. They tell for how long that server went on acknowledging. Any thread.
 */
final class PinnedClients implements AutoCloseable {

    private final List<Connection> connections = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Long, Long> acknowledged = new HashMap<>();
    private final AtomicLong numbers = new AtomicLong(System.nanoTime());
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
                        statement.execute("create table if not exists drill_pinned (number bigint primary key)");
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
        try (PreparedStatement insert = connection.prepareStatement("insert into drill_pinned (number) values (?)")) {
            while (!stopping) {
                long number = numbers.incrementAndGet();
                insert.setLong(1, number);
                insert.executeUpdate();
                long now = System.nanoTime();
                synchronized (acknowledged) {
                    acknowledged.put(number, now);
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
    List<Long> acknowledgedSince(long nanos) {
        synchronized (acknowledged) {
            return acknowledged.entrySet().stream().filter(e -> e.getValue() - nanos > 0).map(Map.Entry::getKey).toList();
        }
    }

    /** For how long after a moment commits were acknowledged; zero when none was. */
    Duration acknowledgedFor(long nanos) {
        synchronized (acknowledged) {
            return Duration.ofNanos(acknowledged.values().stream().mapToLong(at -> at - nanos).filter(after -> after > 0)
                    .max().orElse(0));
        }
    }

    /** All acknowledged commits that a server does not have. @throws DrillException when it cannot be read */
    long lostOn(LocalAgent agent) {
        Set<Long> missing;
        synchronized (acknowledged) {
            missing = new HashSet<>(acknowledged.keySet());
        }
        agent.sql().ask("select number from drill_pinned")
                .orElseThrow(() -> new DrillException("cannot read the rows of " + agent.name()))
                .forEach(number -> missing.remove(Long.parseLong(number)));
        return missing.size();
    }

    @Override
    public void close() {
        stopping = true;
        threads.forEach(Thread::interrupt);
        connections.forEach(Connections::drop);
    }
}
