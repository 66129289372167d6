package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.ControlData;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Operation.StopMode;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Upstream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each operation does, step by step. Runs on one thread; every method returns a sentence for the outcome. */
final class Operations {

    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);
    private static final Duration QUESTION = Duration.ofSeconds(3);
    private static final Duration TO_CHECKPOINT = Duration.ofSeconds(10);
    private static final Duration TO_SETTLE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(20);

    private final Parts parts;
    private final Supplier<ServerSettings> settings;
    private final PgPass pgpass;

    /** The tools of the trade. */
    record Parts(DataDirectory dataDirectory, ConfigurationFiles files, ControlFile control, ServerProcess server, LocalSql sql,
                 Starter starter, BaseBackup backup, Rewind rewind, Founding founding) {
    }

    Operations(Parts parts, Supplier<ServerSettings> settings, PgPass pgpass) {
        this.parts = parts;
        this.settings = settings;
        this.pgpass = pgpass;
    }

    String run(Work work) throws OperationFailedException {
        Operation operation = work.operation();
        if (operation instanceof Operation.Bootstrap) {
            parts.founding.run(work);
            return "initialized a new cluster";
        } else if (operation instanceof Operation.CloneFrom o) {
            return cloneFrom(work, o.source(), o.sourceIsLeader());
        } else if (operation instanceof Operation.StartPrimary o) {
            parts.starter.startPrimary(work, o.timeout());
            return "started as primary";
        } else if (operation instanceof Operation.StartReplica o) {
            return startReplica(work, o.upstream(), o.timeout());
        } else if (operation instanceof Operation.Follow o) {
            return follow(work, o.upstream());
        } else if (operation instanceof Operation.Promote) {
            parts.starter.promote(work, patience());
            return "promoted";
        } else if (operation instanceof Operation.Stop o) {
            return stop(work, o);
        } else if (operation instanceof Operation.Restart o) {
            return restart(work, o.timeout());
        } else if (operation instanceof Operation.Reinitialize o) {
            return reinitialize(work, o);
        }
        throw new OperationFailedException("unknown operation " + operation);
    }

    private String cloneFrom(Work work, Upstream source, boolean leader) throws OperationFailedException {
        UpstreamServer upstream = upstream(source);
        ConfigurationFiles.Source following = upstream.source(); // before the copy: its WAL is kept from now on
        parts.backup.take(work, upstream, settings.get());
        pruneAsides(parts.starter.startReplica(work, following, patience()));
        return "bootstrapped from " + (leader ? "leader" : "replica") + " '" + source.name() + "'";
    }

    private String startReplica(Work work, Optional<Upstream> source, Duration timeout) throws OperationFailedException {
        if (parts.server.postmaster().isPresent() && parts.dataDirectory.isMarkedStandby() && isReplica()) {
            return follow(work, source);
        }
        parts.starter.killLeftovers();
        if (source.isEmpty()) {
            parts.starter.startReplica(work, ConfigurationFiles.Source.NOBODY, timeout);
            return "started without a source";
        }
        UpstreamServer upstream = upstream(source.get());
        settle(work, upstream);
        boolean ready = parts.starter.startReplica(work, upstream.source(), timeout);
        pruneAsides(ready);
        return "started as a secondary of " + upstream.name() + (ready ? "" : "; it is not consistent yet");
    }

    /** Whether the running server is surely in recovery. */
    private boolean isReplica() {
        try {
            return "t".equals(parts.sql.ask("SELECT pg_is_in_recovery()", QUESTION).orElse("f"));
        } catch (SQLException e) {
            LOG.info("the running server does not answer: {}", e.getMessage());
            return false;
        }
    }

    /** Brings the stopped data directory into the upstream's history. */
    private void settle(Work work, UpstreamServer upstream) throws OperationFailedException {
        ControlFile.Contents contents = parts.control.read().orElseThrow(() -> new OperationFailedException(
                "the control file of " + parts.dataDirectory.path() + " cannot be read"));
        ControlData data = contents.data();
        if (parts.dataDirectory.isHalfRewound()) {
            upstream.identify();
            LOG.warn("an earlier rewind was cut off; cloning anew");
            replaceData(work, upstream);
            return;
        }
        boolean replica = Rewind.wasReplica(data);
        UpstreamServer.Identity other;
        try {
            other = awaitPrimary(work, upstream, replica);
        } catch (OperationFailedException e) {
            if (!replica) {
                throw e;
            }
            work.goOn();
            LOG.info("{}; starting as the replica it was", e.getMessage());
            return;
        }
        if (!other.systemIdentifier().equals(data.systemIdentifier())) {
            throw new OperationFailedException("system identifier " + data.systemIdentifier() + " of " + parts.dataDirectory.path()
                    + " differs from " + other.systemIdentifier() + " of " + upstream + ": the data of another cluster");
        }
        Divergence.Verdict verdict = parts.rewind.judge(contents, other);
        LOG.info("local data: {} on timeline {} at {}; {} is on timeline {}: rewind {}", data.clusterState(), data.checkpointTimeline(),
                data.checkpoint(), upstream.name(), other.timeline(), verdict);
        if (verdict == Divergence.Verdict.NEED) {
            bringBack(work, upstream, data);
        } else if (verdict == Divergence.Verdict.TWIN) {
            LOG.warn("timeline {} of {} is another one than the local one of the same number; cloning anew",
                    other.timeline(), upstream.name());
            replaceData(work, upstream);
        }
    }

    /** A server that is about to be promoted tells its new timeline only afterwards. */
    private UpstreamServer.Identity awaitPrimary(Work work, UpstreamServer upstream, boolean takeReplicaToo) throws OperationFailedException {
        long deadline = System.nanoTime() + TO_SETTLE.toNanos();
        UpstreamServer.Identity identity = upstream.identify();
        while (identity.inRecovery() && !takeReplicaToo) {
            if (System.nanoTime() - deadline > 0) {
                throw new OperationFailedException(upstream + " is still in recovery; it cannot be told yet whether this data fits");
            }
            work.pause(POLL);
            identity = upstream.identify();
        }
        return identity;
    }

    /** Rewinds, or where that is impossible moves the data directory aside and clones. */
    private void bringBack(Work work, UpstreamServer upstream, ControlData data) throws OperationFailedException {
        String obstacle = parts.rewind.obstacle(settings.get(), data).orElse("");
        if (obstacle.isEmpty()) {
            upstream.awaitCheckpointOnTimeline(work, TO_CHECKPOINT); // late is no reason to give the data up: tried again
            try {
                parts.rewind.run(work, upstream, settings.get());
                return;
            } catch (OperationFailedException e) {
                work.goOn();
                upstream.identify(); // unreachable: nothing is wrong with the data, try again later
                obstacle = e.getMessage();
            }
        }
        LOG.warn("reinitializing due to diverged timelines: {}", obstacle);
        replaceData(work, upstream);
    }

    private void replaceData(Work work, UpstreamServer upstream) throws OperationFailedException {
        try {
            Path aside = parts.dataDirectory.moveAside();
            LOG.warn("moved the data directory to {}", aside);
        } catch (IOException e) {
            throw new OperationFailedException("cannot move the data directory aside: " + e, e);
        }
        parts.backup.take(work, upstream, settings.get());
    }

    private String follow(Work work, Optional<Upstream> source) throws OperationFailedException {
        if (parts.server.postmaster().isEmpty()) {
            return startReplica(work, source, patience());
        }
        if (!parts.dataDirectory.isMarkedStandby()) {
            throw new OperationFailedException("a running primary cannot follow; it has to be stopped first");
        }
        if (source.isEmpty()) {
            reconfigure(ConfigurationFiles.Source.NOBODY);
            return "follows nobody";
        }
        UpstreamServer upstream = upstream(source.get());
        ConfigurationFiles.Source following = upstream.source();
        reconfigure(following); // first, so that nothing waits for a comparison that is hardly ever needed
        if (hasDiverged(work, upstream)) {
            parts.server.stop(work, StopMode.FAST, patience());
            settle(work, upstream);
            pruneAsides(parts.starter.startReplica(work, following, patience()));
            return "brought back and following " + upstream.name();
        }
        return "following " + upstream.name();
    }

    private void reconfigure(ConfigurationFiles.Source source) throws OperationFailedException {
        try {
            parts.files.stripAutoConf();
            var recorded = parts.control.read().map(ControlFile.Contents::limits).orElse(java.util.Map.of());
            parts.files.write(settings.get(), settings.get().parameters().controlledFor(recorded), Optional.of(source));
            parts.server.reload();
            awaitSource(source.conninfo());
        } catch (IOException e) {
            throw new OperationFailedException("cannot change the source: " + e.getMessage(), e);
        }
    }

    /** A new connection that knows the new source proves that the whole server has been told. */
    private void awaitSource(String conninfo) throws OperationFailedException {
        long deadline = System.nanoTime() + QUESTION.toNanos();
        try {
            while (System.nanoTime() - deadline < 0
                    && !parts.sql.ask("SHOW primary_conninfo", QUESTION).equals(Optional.of(conninfo))) {
                java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            }
        } catch (SQLException e) {
            LOG.info("the server does not accept connections yet; it has been told its new source: {}", e.getMessage());
        }
    }

    /** Judges the running replica; an upstream that does not answer proves nothing, PostgreSQL will retry by itself. */
    private boolean hasDiverged(Work work, UpstreamServer upstream) throws OperationFailedException {
        UpstreamServer.Identity other;
        try {
            other = upstream.identify();
        } catch (OperationFailedException e) {
            work.goOn();
            LOG.info("{}; following it without a comparison", e.getMessage());
            return false;
        }
        try {
            String[] mine = parts.sql.ask("SELECT concat_ws(' ', greatest(c.timeline_id, r.min_recovery_end_timeline, w.received_tli),"
                    + " coalesce(pg_last_wal_replay_lsn(), '0/0')) FROM pg_control_checkpoint() c CROSS JOIN pg_control_recovery() r"
                    + " LEFT JOIN pg_stat_wal_receiver w ON true", QUESTION).orElse("0 0/0").split(" ");
            Timeline timeline = new Timeline(Integer.parseInt(mine[0]));
            Divergence.Local local = new Divergence.Local(Divergence.Kind.REPLICA, timeline, Lsn.parse(mine[1]), Optional.empty(),
                    parts.dataDirectory.history(timeline).orElse(TimelineHistory.ABSENT));
            Divergence.Verdict verdict = Divergence.judge(local, other.timeline(), other.history());
            boolean diverged = verdict == Divergence.Verdict.NEED || verdict == Divergence.Verdict.TWIN;
            return diverged && !other.inRecovery();
        } catch (SQLException e) {
            LOG.info("the local server does not answer: {}; following without a comparison", e.getMessage());
            return false;
        }
    }

    private String stop(Work work, Operation.Stop stop) throws OperationFailedException {
        work.show(PostgresState.STOPPING);
        if (stop.checkpointFirst() && stop.mode() != StopMode.IMMEDIATE && parts.server.postmaster().isPresent()) {
            parts.starter.checkpoint(stop.timeout());
        }
        parts.server.stop(work, stop.mode(), stop.timeout());
        work.show(PostgresState.STOPPED);
        return "stopped";
    }

    private String restart(Work work, Duration timeout) throws OperationFailedException {
        work.show(PostgresState.RESTARTING);
        boolean primary = parts.server.postmaster().isPresent() ? !parts.starter.isInRecovery() : !parts.dataDirectory.isMarkedStandby();
        Optional<ConfigurationFiles.Source> source = sourceOnDisk();
        parts.starter.checkpoint(timeout);
        parts.server.stop(work, StopMode.FAST, timeout);
        work.show(PostgresState.RESTARTING);
        if (primary) {
            parts.starter.startPrimary(work, timeout);
        } else {
            parts.starter.startReplica(work, source.orElse(ConfigurationFiles.Source.NOBODY), timeout);
        }
        return "restarted";
    }

    private Optional<ConfigurationFiles.Source> sourceOnDisk() throws OperationFailedException {
        try {
            return parts.files.sourceOnDisk();
        } catch (IOException e) {
            throw new OperationFailedException("cannot read " + parts.files.main() + ": " + e, e);
        }
    }

    private String reinitialize(Work work, Operation.Reinitialize operation) throws OperationFailedException {
        UpstreamServer upstream = upstream(operation.source());
        upstream.identify(); // before anything is given up
        ConfigurationFiles.Source following = upstream.source();
        parts.server.stop(work, StopMode.FAST, patience());
        if (parts.dataDirectory.kind() == PostgresStatus.DataDirectory.EMPTY) {
            parts.backup.take(work, upstream, settings.get());
        } else {
            replaceData(work, upstream);
        }
        pruneAsides(parts.starter.startReplica(work, following, patience()));
        return "reinitialized from '" + upstream.name() + "'";
    }

    /** Only once the present data directory has proven good by accepting connections. */
    private void pruneAsides(boolean ready) {
        if (!ready) {
            return;
        }
        try {
            List<Path> removed = parts.dataDirectory.pruneAsides();
            removed.forEach(p -> LOG.info("removed the old data directory {}", p));
        } catch (IOException e) {
            LOG.warn("cannot remove old data directories: {}", e.getMessage());
        }
    }

    private UpstreamServer upstream(Upstream source) {
        return new UpstreamServer(source, settings.get(), pgpass);
    }

    private Duration patience() {
        return Duration.ofSeconds(settings.get().local().pgCtlTimeoutSeconds());
    }
}
