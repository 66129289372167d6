package io.matriarch.tools.drill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * An application that writes all the time: one row per transaction, each with the next number. On an error it goes to
 * whichever server accepts writes, looking at all of them every 20 ms, and does not repeat the row, of which it is not
 * known whether it was written.
 */
public final class SteadyWriter implements AutoCloseable {

    private static final Duration PACE = Duration.ofMillis(2);
    private static final Duration RETRY = Duration.ofMillis(20);
    private static final int MOST_ROWS = 100_000_000;

    private final List<NodeSql> servers;
    private final GapMeter meter;
    private final List<Thread> threads = new ArrayList<>();
    private final SynchronousQueue<Connection> found = new SynchronousQueue<>();
    private final BitSet acknowledged = new BitSet();
    private volatile boolean stopping;
    private volatile boolean seeking = true;
    private volatile long sessionSince;
    private volatile long writtenInSession;
    private volatile long lastSent;

    SteadyWriter(List<NodeSql> servers, GapMeter meter) {
        this.servers = List.copyOf(servers);
        this.meter = meter;
    }

    /** Creates the table on the primary. @throws DrillException when that fails */
    public void prepare(LocalAgent primary) {
        try (Connection connection = primary.sql().connect(); Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists drill (number bigint primary key,"
                    + " written timestamptz not null default clock_timestamp())");
        } catch (SQLException e) {
            throw new DrillException("cannot create a table on " + primary.name() + ": " + e.getMessage(), e);
        }
    }

    /** Begins to write. */
    public void start() {
        threads.add(new Thread(this::write, "drill-writer"));
        servers.forEach(server -> threads.add(new Thread(() -> seek(server), "drill-seeker")));
        threads.forEach(thread -> thread.setDaemon(true));
        threads.forEach(Thread::start);
    }

    /** How many rows were acknowledged. */
    public long acknowledged() {
        synchronized (acknowledged) {
            return acknowledged.cardinality();
        }
    }

    /** Whether a row was acknowledged in a session that began after a moment of {@link System#nanoTime}. */
    public boolean hasWrittenInSessionSince(long nanos) {
        return sessionSince - nanos > 0 && writtenInSession > 0;
    }

    /** Counts acknowledged rows that a server does not have. @throws DrillException when it cannot be read */
    public long lostOn(LocalAgent agent) {
        BitSet missing;
        synchronized (acknowledged) {
            missing = (BitSet) acknowledged.clone();
        }
        List<String> present = agent.sql().ask("select number from drill")
                .orElseThrow(() -> new DrillException("cannot read the rows of " + agent.name()));
        present.forEach(number -> missing.clear(Integer.parseInt(number)));
        return missing.cardinality();
    }

    /** Whether a row was acknowledged that was sent after a moment of {@link System#nanoTime}. */
    public boolean hasWrittenSince(long nanos) {
        return acknowledged() > 0 && lastSent - nanos > 0;
    }

    @Override
    public void close() {
        stopping = true;
        threads.forEach(Thread::interrupt);
        threads.forEach(SteadyWriter::join);
        threads.clear();
    }

    private static void join(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write() {
        int number = 0;
        try {
            while (!stopping && number < MOST_ROWS) {
                seeking = true;
                Connection connection = found.poll(1, TimeUnit.SECONDS);
                if (connection != null) {
                    seeking = false;
                    number = session(connection, number);
                    Connections.drop(connection);
                }
            }
        } catch (InterruptedException e) {
            // Asked to stop.
            Thread.currentThread().interrupt();
        }
    }

    /** Writes until something fails; returns the next number. */
    private int session(Connection connection, int first) throws InterruptedException {
        int number = first;
        writtenInSession = 0;
        sessionSince = System.nanoTime();
        try (PreparedStatement insert = connection.prepareStatement("insert into drill (number) values (?)")) {
            while (!stopping && number < MOST_ROWS) {
                insert.setLong(1, number++);
                long sent = System.nanoTime();
                insert.executeUpdate();
                lastSent = sent;
                meter.acknowledged(System.nanoTime());
                synchronized (acknowledged) {
                    acknowledged.set(number - 1);
                }
                writtenInSession++;
                Thread.sleep(PACE.toMillis());
            }
        } catch (SQLException e) {
            // The server went away or turned read-only: look for another one.
            seeking = true;
        }
        return number;
    }

    private void seek(NodeSql server) {
        Connection connection = null;
        try {
            while (!stopping) {
                if (seeking) {
                    connection = offer(server, connection);
                }
                Thread.sleep(RETRY.toMillis());
            }
        } catch (InterruptedException e) {
            // Asked to stop.
            Thread.currentThread().interrupt();
        } finally {
            if (connection != null) {
                Connections.drop(connection);
            }
        }
    }

    /** Hands the connection to the writer when the server takes writes; returns it otherwise, null when it is broken. */
    private Connection offer(NodeSql server, Connection open) throws InterruptedException {
        Connection connection = open;
        try {
            if (connection == null) {
                connection = server.connect();
            }
            try (Statement statement = connection.createStatement();
                 ResultSet rows = statement.executeQuery("select pg_is_in_recovery()")) {
                boolean writable = rows.next() && !rows.getBoolean(1);
                return writable && seeking && found.offer(connection, 1, TimeUnit.SECONDS) ? null : connection;
            }
        } catch (SQLException e) {
            if (connection != null) {
                Connections.drop(connection);
            }
            return null;
        }
    }
}
