package io.matriarch.simulation;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.ControlData;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.PostgresStatus.DataDirectory;
import io.matriarch.ha.PostgresStatus.Receiver;
import io.matriarch.ha.PostgresStatus.Replica;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an agent sees when it looks at a simulated server. */
final class ServerStatus {

    static final int PORT = 5432;
    private static final int VERSION = 150_000;

    private ServerStatus() {
    }

    static PostgresStatus of(PgServer server, Streaming streaming, Optional<LongTaskStatus> task, Machine machine) {
        boolean connectable = server.isConnectable();
        boolean primary = connectable && server.process() == PgServer.Process.PRIMARY;
        boolean replica = connectable && !primary;
        Lsn end = new Lsn(server.end());
        return new PostgresStatus(server.isPresent() ? DataDirectory.PRESENT : DataDirectory.EMPTY,
                server.systemIdentifier(), state(server, task), server.mayWrite(),
                server.process() != PgServer.Process.DOWN, connectable, role(server),
                server.isPresent() ? new Timeline(server.branch().timeline()) : Timeline.UNKNOWN,
                primary ? end : Lsn.ZERO, replica ? end : Lsn.ZERO, replica ? new Lsn(server.replayed()) : Lsn.ZERO,
                Optional.empty(), server.isReplayStuck(), control(server), replica ? receiver(server, streaming) : Optional.empty(),
                primary ? replicas(server, streaming) : List.of(), following(server, streaming),
                connectable ? List.copyOf(server.slots()) : List.of(), startTime(server, machine), Map.of(), VERSION);
    }

    private static PostgresRole role(PgServer server) {
        if (!server.isPresent()) {
            return PostgresRole.UNINITIALIZED;
        }
        return switch (server.process()) {
            case PRIMARY -> PostgresRole.PRIMARY;
            case REPLICA -> PostgresRole.REPLICA;
            default -> server.hasStandbyFile() ? PostgresRole.REPLICA : PostgresRole.PRIMARY;
        };
    }

    private static PostgresState state(PgServer server, Optional<LongTaskStatus> task) {
        Optional<Operation> running = task.filter(LongTaskStatus::isRunning).map(LongTaskStatus::operation);
        if (running.isPresent() && !server.isConnectable()) {
            Operation operation = running.get();
            if (operation instanceof Operation.Bootstrap) {
                return PostgresState.INITDB;
            }
            if (operation instanceof Operation.CloneFrom || operation instanceof Operation.Reinitialize) {
                return PostgresState.CREATING_REPLICA;
            }
            if (operation instanceof Operation.Restart) {
                return PostgresState.RESTARTING;
            }
        }
        if (server.isStopping()) {
            return PostgresState.STOPPING;
        }
        return switch (server.process()) {
            case STARTING -> PostgresState.STARTING;
            case PRIMARY, REPLICA -> PostgresState.RUNNING;
            case DOWN -> server.isPresent() && !server.isCleanlyStopped()
                    ? PostgresState.CRASHED : PostgresState.STOPPED;
        };
    }

    private static Optional<ControlData> control(PgServer server) {
        if (server.process() != PgServer.Process.DOWN || !server.isPresent()) {
            return Optional.empty();
        }
        boolean standby = server.hasStandbyFile();
        boolean clean = server.isCleanlyStopped();
        String state = clean ? standby ? "shut down in recovery" : "shut down"
                : standby ? "in archive recovery" : "in production";
        Timeline timeline = new Timeline(server.branch().timeline());
        Lsn end = new Lsn(server.end());
        return Optional.of(new ControlData(server.systemIdentifier().orElseThrow(), state, timeline,
                clean ? end : new Lsn(Math.max(1, server.end() - 10_000)), standby ? end : Lsn.ZERO,
                standby ? timeline : Timeline.UNKNOWN, true, true));
    }

    private static Optional<Receiver> receiver(PgServer server, Streaming streaming) {
        if (!streaming.isConnected(server)) {
            return Optional.empty();
        }
        Lsn end = new Lsn(server.end());
        return streaming.source(server).map(up -> new Receiver("streaming", end, end,
                new Timeline(server.branch().timeline()), up.name().value(), PORT));
    }

    private static List<Replica> replicas(PgServer server, Streaming streaming) {
        Map<String, Long> flushed = streaming.flushed(server);
        SyncRule rule = server.commits().rule();
        List<String> chosen = rule.chosen(flushed);
        return streaming.replicasOf(server).stream().map(r -> {
            String name = r.name().value();
            Lsn confirmed = new Lsn(flushed.getOrDefault(name, 0L));
            int priority = rule.names().indexOf(name) + 1;
            String state = rule.isOff() || priority == 0 ? "async"
                    : rule.any() ? "quorum" : chosen.contains(name) ? "sync" : "potential";
            return new Replica("replicator", name, Optional.of(name), "streaming", state, rule.any() ? Math.min(1, priority)
                    : priority, new Lsn(server.end()), confirmed, confirmed);
        }).toList();
    }

    private static Optional<String> following(PgServer server, Streaming streaming) {
        return server.hasStandbyFile() ? streaming.upstream(server).map(up -> up.name().value() + ":" + PORT)
                : Optional.empty();
    }

    private static Optional<String> startTime(PgServer server, Machine machine) {
        return server.process() == PgServer.Process.DOWN ? Optional.empty()
                : Optional.of(java.time.Instant.ofEpochMilli(machine.clock().wallMillis(server.startedAt())).toString());
    }
}
