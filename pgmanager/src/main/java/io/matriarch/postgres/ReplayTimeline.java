package io.matriarch.postgres;

import io.matriarch.cluster.Timeline;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timeline that a replica without WAL receiver replays. Only the replication protocol tells it; the control file may
 * lag behind. Asked on a connection that is kept while it is needed. One thread.
 */
final class ReplayTimeline {

    private static final Logger LOG = LoggerFactory.getLogger(ReplayTimeline.class);
    private static final Duration ANSWER = Duration.ofSeconds(1);

    private final Supplier<ServerSettings> settings;
    private Connection connection;
    private String refusedBy = "";

    ReplayTimeline(Supplier<ServerSettings> settings) {
        this.settings = settings;
    }

    /**
     * @param run      tells one life of the server from the next: after a refusal it is not asked again in the same life
     * @param fallback when the server does not let us ask
     */
    Timeline ask(String run, Timeline fallback) {
        if (refusedBy.equals(run)) {
            return fallback;
        }
        try {
            if (connection == null) {
                ServerSettings now = settings.get();
                connection = Connections.openReplication(new Connections.Target(now.localHost(), now.local().listenPort(),
                        now.local().database(), now.local().authentication().replication()), ANSWER);
            }
            try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
                row.next();
                Timeline replayed = new Timeline(row.getInt("timeline"));
                return replayed.compareTo(fallback) > 0 ? replayed : fallback;
            }
        } catch (SQLException e) {
            LOG.info("cannot ask the local server for its timeline: {}", e.getMessage());
            if (String.valueOf(e.getSQLState()).startsWith("28")) { // not allowed to connect like this
                refusedBy = run;
            }
            drop();
            return fallback;
        }
    }

    void drop() {
        if (connection != null) {
            try {
                connection.abort(Runnable::run); // closing politely could block on a frozen server
            } catch (SQLException e) {
                LOG.debug("closing the connection for the timeline", e);
            }
            connection = null;
        }
    }
}
