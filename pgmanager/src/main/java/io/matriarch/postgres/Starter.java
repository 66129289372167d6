package io.matriarch.postgres;

import io.matriarch.cluster.PostgresState;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and promotes the server. */
final class Starter {

    private static final Logger LOG = LoggerFactory.getLogger(Starter.class);
    private static final Duration TO_KILL = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration QUESTION = Duration.ofSeconds(5);

    private final DataDirectory dataDirectory;
    private final ConfigurationFiles files;
    private final ControlFile control;
    private final ServerProcess server;
    private final LocalSql sql;
    private final Supplier<ServerSettings> settings;

    Starter(DataDirectory dataDirectory, ConfigurationFiles files, ControlFile control, ServerProcess server, LocalSql sql,
            Supplier<ServerSettings> settings) {
        this.dataDirectory = dataDirectory;
        this.files = files;
        this.control = control;
        this.server = server;
        this.sql = sql;
        this.settings = settings;
    }

    /**
     * Starts as primary in place, once nothing of the data directory runs any more; returns when it accepts writes.
     *
     * @throws OperationFailedException after which nothing is left that may write
     */
    void startPrimary(Work work, Duration timeout) throws OperationFailedException {
        work.goOn();
        killLeftovers();
        refuseHalfRewound();
        String state = control.read().map(c -> c.data().clusterState()).orElse("");
        if (state.equals("shut down in recovery") || state.equals("in archive recovery")) {
            // started without the signal file it would write on under the old timeline: two histories of one name
            throw new OperationFailedException("the data directory is a replica's (" + state
                    + "); it has to be started as a replica and promoted");
        }
        work.show(PostgresState.STARTING);
        try {
            dataDirectory.unmarkStandby();
            Map<String, String> controlled = settings.get().parameters().controlled();
            files.write(settings.get(), controlled, Optional.empty());
            files.stripAutoConf();
            work.askPermit();
            server.launch(work, arguments(controlled), true);
            awaitWritable(work, timeout);
        } catch (IOException e) {
            throw new OperationFailedException("cannot prepare the start: " + e, e);
        } catch (OperationFailedException e) {
            killLeftovers();
            throw e;
        }
    }

    private void awaitWritable(Work work, Duration timeout) throws OperationFailedException {
        if (!server.awaitReady(work, timeout)) {
            throw new OperationFailedException("PostgreSQL was not ready within " + timeout.toMillis() + " ms: " + server.lastWords());
        }
    }

    /**
     * Starts in recovery.
     *
     * @return false when it runs but does not accept connections yet
     */
    boolean startReplica(Work work, ConfigurationFiles.Source source, Duration timeout) throws OperationFailedException {
        work.goOn();
        killLeftovers();
        refuseHalfRewound();
        work.show(PostgresState.STARTING);
        try {
            dataDirectory.markStandby();
            Map<String, Integer> recorded = control.read().map(ControlFile.Contents::limits).orElse(Map.of());
            Map<String, String> controlled = settings.get().parameters().controlledFor(recorded);
            files.write(settings.get(), controlled, Optional.of(source));
            files.stripAutoConf();
            server.launch(work, arguments(controlled), false);
        } catch (IOException e) {
            throw new OperationFailedException("cannot prepare the start: " + e, e);
        }
        return server.awaitReady(work, timeout);
    }

    /**
     * Promotes; returns when writes are accepted. A promotion that was begun and not seen to end within the time is
     * killed: it might end, and write, at any later moment.
     */
    void promote(Work work, Duration timeout) throws OperationFailedException {
        try {
            requestPromotion(work);
        } catch (IOException e) {
            throw new OperationFailedException("cannot ask for the promotion: " + e, e);
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        try (java.sql.Connection connection = sql.open(timeout)) {
            while (!"f".equals(LocalSql.ask(connection, "SELECT pg_is_in_recovery()").orElse(""))) {
                if (System.nanoTime() - deadline > 0) {
                    throw new OperationFailedException("not promoted within " + timeout.toMillis() + " ms");
                }
                work.pause(POLL);
            }
        } catch (SQLException e) {
            killLeftovers();
            throw new OperationFailedException("promotion failed: " + e.getMessage(), e);
        } catch (OperationFailedException e) {
            killLeftovers();
            throw e;
        }
        checkpointInBackground();
    }

    /** As {@code pg_ctl promote} does, and without the time that a connection takes. A server that is no replica takes no notice. */
    private void requestPromotion(Work work) throws OperationFailedException, IOException {
        ProcessTable.Identity postmaster = server.postmaster()
                .orElseThrow(() -> new OperationFailedException("PostgreSQL does not run; there is nothing to promote"));
        work.askPermit();
        Files.write(dataDirectory.path().resolve("promote"), new byte[0]);
        server.signal(postmaster, "USR1");
    }

    /** A server can be rewound from only after its first checkpoint on the new timeline. */
    private void checkpointInBackground() {
        Thread thread = new Thread(() -> {
            try {
                sql.execute("CHECKPOINT", Duration.ofMinutes(10));
            } catch (SQLException e) {
                LOG.warn("the checkpoint after the promotion failed: {}", e.getMessage());
            }
        }, "checkpoint-after-promote");
        thread.setDaemon(true);
        thread.start();
    }

    /** Shortens the stop that follows; not vital. */
    void checkpoint(Duration timeout) {
        try {
            sql.execute("CHECKPOINT", timeout);
        } catch (SQLException e) {
            LOG.warn("the checkpoint before the stop failed: {}", e.getMessage());
        }
    }

    boolean isInRecovery() throws OperationFailedException {
        try {
            return "t".equals(sql.ask("SELECT pg_is_in_recovery()", QUESTION).orElse("t"));
        } catch (SQLException e) {
            throw new OperationFailedException("the local server does not answer: " + e.getMessage(), e);
        }
    }

    private void refuseHalfRewound() throws OperationFailedException {
        if (dataDirectory.isHalfRewound()) {
            throw new OperationFailedException("a rewind of " + dataDirectory.path()
                    + " was cut off; the data cannot be used until it is cloned anew from another member");
        }
    }

    void killLeftovers() throws OperationFailedException {
        if (!server.killAll(TO_KILL)) {
            throw new OperationFailedException("some processes of the data directory cannot be killed");
        }
    }

    private List<String> arguments(Map<String, String> controlled) {
        List<String> arguments = new ArrayList<>(List.of("-D", dataDirectory.path().toString(), "--config-file=" + files.main()));
        controlled.forEach((name, value) -> arguments.add("--" + name + "=" + value));
        return arguments;
    }
}
