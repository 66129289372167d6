package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.PostgresStatus;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks the local server how it is: one question, one round trip, on one lasting connection and a thread of its own, so
 * that a frozen server costs the caller no more than its timeout.
 */
final class Heartbeat implements AutoCloseable {

    private static final String SEPARATOR = "\u001f";
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration STATEMENT = Duration.ofSeconds(2);

    private static final String QUESTION = """
            SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(),
             CASE WHEN pg_is_in_recovery() THEN 0
              ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
             CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END,
             CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
             pg_last_xact_replay_timestamp()::text, pg_postmaster_start_time()::text, pg_conf_load_time()::text,
             (SELECT system_identifier::text FROM pg_control_system()),
             (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
              FROM pg_control_checkpoint() c, pg_control_recovery() r),
             current_setting('server_version_num')::int, current_setting('primary_conninfo'),
             ARRAY(SELECT slot_name::text FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary),
             ARRAY(SELECT concat_ws(E'\\x1f', coalesce(usename, ''), application_name, coalesce(host(client_addr), ''), state,
              coalesce(sync_state, ''), coalesce(sync_priority, 0), coalesce(sent_lsn, '0/0'), coalesce(flush_lsn, '0/0'),
              coalesce(replay_lsn, '0/0')) FROM pg_stat_replication),
             (SELECT concat_ws(E'\\x1f', coalesce(status, ''), coalesce(written_lsn, '0/0'), coalesce(latest_end_lsn, '0/0'),
              coalesce(received_tli, 0), coalesce(sender_host, ''), coalesce(sender_port, 0)) FROM pg_stat_wal_receiver),
             current_setting('synchronous_standby_names')
            """;

    private final Supplier<Connections.Target> target;
    private final ReplayTimeline replayTimeline;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread t = new Thread(task, "postgres-heartbeat");
        t.setDaemon(true);
        return t;
    });
    private Connection connection;
    private Future<Answer> pending;

    Heartbeat(Supplier<Connections.Target> target, ReplayTimeline replayTimeline) {
        this.target = target;
        this.replayTimeline = replayTimeline;
    }

    /** The server's own word. {@code confLoaded} changes with every reload. */
    record Facts(boolean inRecovery, Timeline timeline, Lsn flushed, Lsn received, Lsn replayed, boolean replayPaused,
                 Optional<String> replayedTimestamp, String startTime, String confLoaded, String systemIdentifier,
                 int serverVersion, String primaryConninfo, List<String> slots, List<PostgresStatus.Replica> replicas,
                 Optional<PostgresStatus.Receiver> receiver, String standbyNames) {

        /** A server's timeline never goes back; what is known of it after its receiver ended may lag behind. */
        Facts notBefore(Facts earlier) {
            return earlier == null || timeline.compareTo(earlier.timeline) >= 0 ? this
                    : new Facts(inRecovery, earlier.timeline, flushed, received, replayed, replayPaused, replayedTimestamp,
                            startTime, confLoaded, systemIdentifier, serverVersion, primaryConninfo, slots, replicas, receiver,
                            standbyNames);
        }
    }

    /**
     * Facts, or why there are none.
     *
     * @param startingUp the server said itself that it does not accept connections yet
     */
    record Answer(Optional<Facts> facts, boolean startingUp, String problem) {

        static final Answer LATE = new Answer(Optional.empty(), false, "no answer in time");
    }

    /** Asks. An answer that was begun before this call is never returned late: it would be old. */
    Answer ask(Duration patience) {
        Future<Answer> asked;
        synchronized (this) {
            if (pending == null || pending.isDone()) {
                pending = thread.submit(this::askServer);
            }
            asked = pending;
        }
        try {
            return asked.get(Math.max(1, patience.toMillis()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Answer.LATE;
        } catch (ExecutionException e) {
            return new Answer(Optional.empty(), false, String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.LATE;
        }
    }

    private Answer askServer() {
        try {
            return attempt();
        } catch (SQLException first) {
            drop();
            if (!isWorthRepeating(first)) {
                return failed(first);
            }
        }
        try { // the connection was of an earlier server, or a promotion came between two parts of the question
            return attempt();
        } catch (SQLException second) {
            drop();
            return failed(second);
        }
    }

    private Answer attempt() throws SQLException {
        if (connection == null) {
            connection = Connections.open(target.get(), "Patroni heartbeat", ANSWER, STATEMENT);
        }
        try (PreparedStatement statement = connection.prepareStatement(QUESTION);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Answer(Optional.of(facts(row)), false, "");
        }
    }

    private static boolean isWorthRepeating(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean timedOut = e.getCause() instanceof java.net.SocketTimeoutException;
        return !timedOut && !state.equals("08001") && !state.equals("57P03") && !state.startsWith("28");
    }

    private static Answer failed(SQLException e) {
        return new Answer(Optional.empty(), "57P03".equals(e.getSQLState()), String.valueOf(e.getMessage()));
    }

    private void drop() {
        replayTimeline.drop();
        if (connection != null) {
            try {
                connection.abort(Runnable::run); // closing politely could block on a frozen server
            } catch (SQLException e) {
                org.slf4j.LoggerFactory.getLogger(Heartbeat.class).debug("closing the heartbeat connection", e);
            }
            connection = null;
        }
    }

    private Facts facts(ResultSet row) throws SQLException {
        boolean inRecovery = row.getBoolean(1);
        Optional<PostgresStatus.Receiver> receiver = receiver(row.getString(16));
        Lsn received = lsn(row.getString(2));
        String startTime = row.getString(8);
        Timeline fromControlFile = new Timeline(row.getInt(11));
        Timeline timeline = inRecovery
                ? receiver.map(PostgresStatus.Receiver::timeline).filter(Timeline::isKnown)
                        .orElseGet(() -> replayTimeline.ask(startTime, fromControlFile))
                : new Timeline(row.getInt(4));
        if (!inRecovery || receiver.isPresent()) {
            replayTimeline.drop();
        }
        if (receiver.isPresent()) {
            received = received.max(receiver.get().written());
        }
        return new Facts(inRecovery, timeline, lsn(row.getString(5)), inRecovery ? received : Lsn.ZERO,
                inRecovery ? lsn(row.getString(3)) : Lsn.ZERO, row.getBoolean(6), Optional.ofNullable(row.getString(7)),
                startTime, row.getString(9), row.getString(10), row.getInt(12),
                Optional.ofNullable(row.getString(13)).orElse(""), texts(row.getArray(14)), replicas(texts(row.getArray(15))),
                receiver, row.getString(17));
    }

    private static Optional<PostgresStatus.Receiver> receiver(String text) {
        if (text == null || text.isEmpty()) {
            return Optional.empty();
        }
        String[] f = text.split(SEPARATOR, -1);
        return Optional.of(new PostgresStatus.Receiver(f[0], Lsn.parse(f[1]), Lsn.parse(f[2]),
                new Timeline(Integer.parseInt(f[3])), f[4], Integer.parseInt(f[5])));
    }

    private static List<PostgresStatus.Replica> replicas(List<String> rows) {
        List<PostgresStatus.Replica> replicas = new ArrayList<>();
        for (String text : rows) {
            String[] f = text.split(SEPARATOR, -1);
            if (f.length == 9) { // a name with the separator in it is nobody of ours
                replicas.add(new PostgresStatus.Replica(f[0], f[1], f[2].isEmpty() ? Optional.empty() : Optional.of(f[2]),
                        f[3], f[4], Integer.parseInt(f[5]), Lsn.parse(f[6]), Lsn.parse(f[7]), Lsn.parse(f[8])));
            }
        }
        return replicas;
    }

    private static List<String> texts(Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static Lsn lsn(String text) {
        return text == null ? Lsn.ZERO : Lsn.parse(text);
    }

    @Override
    public void close() {
        thread.execute(this::drop);
        thread.shutdown();
    }
}
