package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.ControlData;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Judges a stopped data directory against an upstream and brings it back into its history with pg_rewind. */
final class Rewind {

    private static final Logger LOG = LoggerFactory.getLogger(Rewind.class);
    private static final Duration LONGEST = Duration.ofHours(12);
    private static final Set<String> OURS = Set.of("target-pgdata", "source-pgdata", "source-server", "write-recovery-conf",
            "dry-run", "restore-target-wal", "config-file", "no-ensure-shutdown", "version", "help");

    private final DataDirectory dataDirectory;
    private final ControlFile control;
    private final ConfigurationFiles files;
    private final Programs programs;

    Rewind(DataDirectory dataDirectory, ControlFile control, ConfigurationFiles files, Programs programs) {
        this.dataDirectory = dataDirectory;
        this.control = control;
        this.files = files;
        this.programs = programs;
    }

    /** Judges the stopped data directory. */
    Divergence.Verdict judge(ControlFile.Contents contents, UpstreamServer.Identity upstream) {
        Divergence.Verdict verdict = local(contents).map(l -> Divergence.judge(l, upstream.timeline(), upstream.history()))
                .orElse(Divergence.Verdict.UNDECIDED);
        // a base backup that was never started says of itself what its source was
        return verdict == Divergence.Verdict.TWIN && dataDirectory.isFreshCopy() ? Divergence.Verdict.NOT_NEEDED : verdict;
    }

    /** Whether the data was last in recovery: it cannot have acknowledged anything that others do not know. */
    static boolean wasReplica(ControlData data) {
        return (data.clusterState().equals("shut down in recovery") || data.clusterState().equals("in archive recovery"))
                && data.minRecoveryEnd().isKnown() && data.minRecoveryTimeline().isKnown();
    }

    private Optional<Divergence.Local> local(ControlFile.Contents contents) {
        ControlData data = contents.data();
        if (wasReplica(data)) {
            return Optional.of(new Divergence.Local(Divergence.Kind.REPLICA, data.minRecoveryTimeline(), data.minRecoveryEnd(),
                    Optional.empty(), history(data.minRecoveryTimeline())));
        }
        Divergence.Kind kind = switch (data.clusterState()) {
            case "shut down", "shut down in recovery", "in archive recovery" -> Divergence.Kind.STOPPED_PRIMARY;
            case "in production", "shutting down", "in crash recovery" -> Divergence.Kind.CRASHED_PRIMARY;
            default -> null;
        };
        if (kind == null) {
            return Optional.empty();
        }
        Optional<Lsn> end = WalEnd.after(programs, dataDirectory.path(), data.checkpointTimeline(), data.checkpoint(),
                contents.walSegmentBytes());
        return Optional.of(new Divergence.Local(kind, data.checkpointTimeline(), data.checkpoint(), end,
                history(data.checkpointTimeline())));
    }

    private TimelineHistory history(Timeline timeline) {
        return dataDirectory.history(timeline).orElse(TimelineHistory.ABSENT);
    }

    /** Why pg_rewind cannot be used; empty when it can. */
    Optional<String> obstacle(ServerSettings settings, ControlData data) {
        if (!settings.usePgRewind()) {
            return Optional.of("use_pg_rewind is off");
        }
        if (!programs.binaries().has("pg_rewind")) {
            return Optional.of("pg_rewind is not installed in " + programs.binaries().directory());
        }
        return data.dataChecksums() || data.walLogHints() ? Optional.empty()
                : Optional.of("neither data checksums nor wal_log_hints were on");
    }

    /** Rewinds the stopped data directory, once the upstream has a checkpoint on its timeline; a primary that was killed is recovered first by pg_rewind itself. */
    void run(Work work, UpstreamServer upstream, ServerSettings settings) throws OperationFailedException {
        LOG.info("running pg_rewind from {}", upstream.name());
        work.goOn();
        try {
            dataDirectory.markRewind();
            dataDirectory.unmarkStandby(); // single-user mode, which pg_rewind uses to recover, refuses to run with it
            List<String> arguments = new ArrayList<>(List.of("-D", dataDirectory.path().toString(),
                    "--source-server=" + upstream.rewindConninfo()));
            if (settings.restoreCommand().isPresent()) {
                arguments.add("--restore-target-wal");
            }
            boolean configElsewhere = !files.main().startsWith(dataDirectory.path());
            if (configElsewhere && programs.binaries().majorVersion() >= 15) {
                arguments.add("--config-file=" + files.main());
            }
            arguments.addAll(options(settings.local().rewindOptions()));
            Map<String, String> environment = new HashMap<>(upstream.environment());
            environment.put("LANG", "C");
            Programs.Result result = programs.run("pg_rewind", arguments, environment, LONGEST);
            boolean touched = (result.output() + result.errors()).contains("rewinding from last common checkpoint");
            if (result.ok() || !touched) {
                dataDirectory.markStandby();
                dataDirectory.unmarkRewind();
            }
            if (!result.ok()) {
                throw new OperationFailedException("pg_rewind from " + upstream + " failed: " + result.complaint());
            }
            control.read().ifPresent(c -> LOG.info("pg_rewind done, the data directory is now '{}'", c.data().clusterState()));
        } catch (IOException e) {
            throw new OperationFailedException("cannot prepare pg_rewind: " + e, e);
        }
    }

    private static List<String> options(List<String> configured) {
        List<String> kept = new ArrayList<>();
        for (String option : configured) {
            String name = option.replaceFirst("^--?", "").split("=", 2)[0];
            if (OURS.contains(name)) {
                LOG.warn("option {} of postgresql.rewind is not allowed, ignoring it", name);
            } else {
                kept.add(option);
            }
        }
        return kept;
    }
}
