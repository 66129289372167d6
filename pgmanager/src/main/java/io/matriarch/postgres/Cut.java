package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.ControlData;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.PostgresStatus;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts this member from its source for good, and tells what it has by then. The loop's thread alone. */
final class Cut {

    private static final Logger LOG = LoggerFactory.getLogger(Cut.class);
    private static final Duration QUESTION = Duration.ofSeconds(1);

    private final Parts parts;
    private final Supplier<ServerSettings> settings;
    private final CutFile file;

    /** What a cut works on. */
    record Parts(DataDirectory dataDirectory, ConfigurationFiles files, ControlFile control, ServerProcess server, LocalSql sql,
                 Programs programs) {
    }

    Cut(Parts parts, Supplier<ServerSettings> settings) {
        this.parts = parts;
        this.settings = settings;
        this.file = new CutFile(parts.dataDirectory);
    }

    Revision epoch() {
        return file.epoch();
    }

    /** Whether the configuration is as a cut left it: no source, and none but a later holder may become one. */
    boolean isInForce() throws IOException {
        return !epoch().equals(Revision.ABSENT)
                && parts.files.sourceOnDisk().filter(ConfigurationFiles.Source.NOBODY::equals).isPresent();
    }

    /**
     * @param known the server's timeline as last seen; it never goes back
     * @return empty when anything could not be made sure
     */
    Optional<CutVote> perform(Revision epoch, Timeline known, Duration timeout) {
        try {
            if (epoch.compareTo(file.epoch()) < 0) {
                throw new OperationFailedException("cut for a later holder already, at " + file.epoch());
            }
            if (parts.dataDirectory.kind() != PostgresStatus.DataDirectory.PRESENT || parts.dataDirectory.isHalfRewound()) {
                throw new OperationFailedException("there is no data to vote with");
            }
            boolean standby = parts.dataDirectory.isMarkedStandby();
            boolean runs = parts.server.postmaster().isPresent();
            if (runs && !standby) {
                throw new OperationFailedException("the server is no replica");
            }
            return Optional.of(perform(epoch, known, new Found(standby, runs), timeout));
        } catch (IOException | OperationFailedException e) {
            LOG.warn("not cut for epoch {}: {}", epoch, e.getMessage());
            return Optional.empty();
        }
    }

    private record Found(boolean standby, boolean runs) {
    }

    private CutVote perform(Revision epoch, Timeline known, Found found, Duration timeout)
            throws IOException, OperationFailedException {
        long begun = System.nanoTime();
        try (EarlyConnection connection = found.runs ? EarlyConnection.begin(parts.sql, QUESTION) : null) {
            file.store(epoch);
            if (found.standby) {
                var recorded = parts.control.read().map(ControlFile.Contents::limits).orElse(java.util.Map.of());
                parts.files.stripAutoConf();
                parts.files.write(settings.get(), settings.get().parameters().controlledFor(recorded),
                        Optional.of(ConfigurationFiles.Source.NOBODY));
            }
            if (!found.runs && !parts.server.all().isEmpty()) {
                throw new OperationFailedException("processes without a postmaster are left");
            }
            if (found.runs) {
                new ReceiverEnd(parts.server).await(timeout);
            }
            CutVote vote = vote(epoch, Optional.ofNullable(connection), known);
            LOG.info("cut for epoch {} in {} ms: timeline {}, {}", epoch, (System.nanoTime() - begun) / 1_000_000,
                    vote.timeline(), vote.position());
            return vote;
        }
    }

    private CutVote vote(Revision epoch, Optional<EarlyConnection> server, Timeline known) throws OperationFailedException {
        Optional<CutVote> told = server.flatMap(connection -> ask(connection, epoch, known));
        if (told.isPresent()) {
            return told.get();
        }
        ControlFile.Contents contents = parts.control.read().orElseThrow(() -> new OperationFailedException(
                "the control file of " + parts.dataDirectory.path() + " cannot be read"));
        ControlData data = contents.data();
        Timeline timeline = data.minRecoveryTimeline().compareTo(data.checkpointTimeline()) > 0 ? data.minRecoveryTimeline()
                : data.checkpointTimeline();
        LogOnDisk log = new LogOnDisk(parts.programs, parts.dataDirectory.path(), contents.walSegmentBytes());
        LogOnDisk.End end = log.find(timeline, data.checkpoint().max(data.minRecoveryEnd())).orElseThrow(() ->
                new OperationFailedException("the end of the log on disk cannot be told"));
        return new CutVote(epoch, end.timeline(), end.position());
    }

    /**
     * What the server says, on a connection of its own, so that no earlier answer can be taken for it. Empty when it does
     * not know what it has: it does not answer, or has received nothing since its start and not replayed everything yet.
     */
    private Optional<CutVote> ask(EarlyConnection server, Revision epoch, Timeline known) {
        try {
            String[] answer = server.ask("SELECT concat_ws(' ', coalesce(pg_last_wal_receive_lsn(), '0/0'),"
                    + " coalesce(pg_last_wal_replay_lsn(), '0/0'), greatest(c.timeline_id, r.min_recovery_end_timeline),"
                    + " pg_is_in_recovery()) FROM pg_control_checkpoint() c, pg_control_recovery() r")
                    .orElse("0/0 0/0 0 f").split(" ");
            Lsn received = Lsn.parse(answer[0]);
            if (!received.isKnown() || !answer[3].equals("t")) {
                return Optional.empty();
            }
            Timeline recorded = new Timeline(Integer.parseInt(answer[2]));
            return Optional.of(new CutVote(epoch, recorded.compareTo(known) > 0 ? recorded : known,
                    received.max(Lsn.parse(answer[1]))));
        } catch (SQLException e) {
            LOG.info("the server does not say how far it is: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
