package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.ControlData;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.StandbyNames;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a status out of files, processes and the server's own word. One thread. */
final class Monitor {

    private final DataDirectory dataDirectory;
    private final ControlFile control;
    private final ServerProcess server;
    private final Heartbeat heartbeat;
    private final PendingRestart pendingRestart;
    private ProcessTable.Identity current;
    private Heartbeat.Facts known;

    Monitor(DataDirectory dataDirectory, ControlFile control, ServerProcess server, Heartbeat heartbeat,
            PendingRestart pendingRestart) {
        this.dataDirectory = dataDirectory;
        this.control = control;
        this.server = server;
        this.heartbeat = heartbeat;
        this.pendingRestart = pendingRestart;
    }

    /** @param shown the state that a running operation shows */
    PostgresStatus look(Duration timeout, Optional<Work> work) {
        boolean coming = server.isReplicaComing();
        Optional<ProcessTable.Identity> postmaster = server.postmaster();
        if (postmaster.isEmpty()) {
            return notRunning(work, coming);
        }
        if (!postmaster.get().equals(current)) {
            current = postmaster.get();
            known = null;
        }
        Heartbeat.Answer answer = heartbeat.ask(timeout);
        if (answer.facts().isPresent()) {
            known = answer.facts().get().notBefore(known);
            return running(known, work);
        }
        return silent(answer, work);
    }

    private PostgresStatus running(Heartbeat.Facts f, Optional<Work> work) {
        PostgresState state = work.flatMap(Work::shown).filter(s -> s != PostgresState.STARTING).orElse(PostgresState.RUNNING);
        return new PostgresStatus(PostgresStatus.DataDirectory.PRESENT, Optional.of(f.systemIdentifier()), state,
                !f.inRecovery(), true, true, f.inRecovery() ? PostgresRole.REPLICA : PostgresRole.PRIMARY, f.timeline(),
                f.flushed(), f.received(), f.replayed(), f.replayedTimestamp(), f.replayPaused(), Optional.empty(), f.receiver(),
                f.replicas(), following(f.primaryConninfo()), f.slots(), Optional.of(f.startTime()), pendingRestart.of(f),
                f.serverVersion()).withSync(new StandbyNames(f.standbyNames(), f.standbyNames(), false), Revision.ABSENT);
    }

    private static Optional<String> following(String conninfo) {
        Map<String, String> values = Conninfo.parse(conninfo);
        return values.containsKey("host") ? Optional.of(values.get("host") + ":" + values.getOrDefault("port", "5432"))
                : Optional.empty();
    }

    /** A postmaster lives but gives no answer: it starts, or it is frozen. */
    private PostgresStatus silent(Heartbeat.Answer answer, Optional<Work> work) {
        boolean marked = dataDirectory.isMarkedStandby();
        // The signal file is made only when no server runs, and goes away before the first write after a promotion.
        // What the control file says does not count: it is that of the time before the start.
        boolean surelyReplica = marked && (known == null || known.inRecovery());
        PostgresRole role = surelyReplica ? PostgresRole.REPLICA : PostgresRole.PRIMARY;
        PostgresState state = work.flatMap(Work::shown)
                .orElse(known != null && !answer.startingUp() ? PostgresState.RUNNING : PostgresState.STARTING);
        Timeline timeline = known == null ? Timeline.UNKNOWN : known.timeline();
        Optional<String> system = known != null ? Optional.of(known.systemIdentifier())
                : control.read().map(c -> c.data().systemIdentifier());
        return new PostgresStatus(PostgresStatus.DataDirectory.PRESENT, system, state, !surelyReplica, true, false, role, timeline,
                Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, Optional.empty(), false, Optional.empty(), Optional.empty(), List.of(),
                Optional.empty(), List.of(), Optional.ofNullable(known).map(Heartbeat.Facts::startTime), Map.of(),
                known == null ? 0 : known.serverVersion());
    }

    /** @param coming whether a replica was being started a moment ago: what is found is that one */
    private PostgresStatus notRunning(Optional<Work> work, boolean coming) {
        PostgresStatus.DataDirectory kind = dataDirectory.kind();
        Optional<ControlData> data = kind == PostgresStatus.DataDirectory.PRESENT
                ? control.read().map(ControlFile.Contents::data) : Optional.empty();
        if (kind == PostgresStatus.DataDirectory.PRESENT && data.isEmpty()) {
            kind = PostgresStatus.DataDirectory.DAMAGED;
        }
        boolean leftovers = kind != PostgresStatus.DataDirectory.EMPTY && !server.all().isEmpty();
        boolean marked = dataDirectory.isMarkedStandby();
        // no postmaster was there when this look began, so one that is there by now is new
        boolean wasReplica = known != null && known.inRecovery() || coming || server.isReplicaComing()
                || server.postmaster().isPresent();
        boolean crashed = server.isMeantToRun() && data.map(d -> !d.isShutDownCleanly()).orElse(false);
        boolean replica = marked || dataDirectory.isHalfRewound() || data.filter(Rewind::wasReplica).isPresent();
        PostgresState state = work.flatMap(Work::shown).orElse(crashed ? PostgresState.CRASHED : PostgresState.STOPPED);
        PostgresRole role = kind == PostgresStatus.DataDirectory.EMPTY ? PostgresRole.UNINITIALIZED
                : replica ? PostgresRole.REPLICA : PostgresRole.PRIMARY;
        Timeline timeline = data.map(d -> d.minRecoveryTimeline().compareTo(d.checkpointTimeline()) > 0 ? d.minRecoveryTimeline()
                : d.checkpointTimeline()).orElse(Timeline.UNKNOWN);
        Lsn end = data.map(d -> d.minRecoveryEnd().max(d.checkpoint())).orElse(Lsn.ZERO);
        return new PostgresStatus(kind, data.map(ControlData::systemIdentifier), state, leftovers && !(marked && wasReplica),
                false, false, role, timeline, replica ? Lsn.ZERO : end, replica ? end : Lsn.ZERO, replica ? end : Lsn.ZERO,
                Optional.empty(), false, data, Optional.empty(), List.of(), Optional.empty(), List.of(), Optional.empty(),
                Map.of(), 0);
    }
}
