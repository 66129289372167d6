package io.matriarch.simulation;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.postgres.Postgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * The port of one incarnation of an agent to the PostgreSQL of its machine. Its operations end with the agent; what they
 * told the server to do does not.
 */
final class SimulatedPostgres implements Postgres {

    private static final long MILLI = 1_000_000;

    private final PgServer server;
    private final Machine machine;
    private final Chance chance;
    private final Operations operations;
    private OperationRun run;
    private boolean acknowledged;
    private Runnable exitListener = () -> { };
    private UnaryOperator<BooleanSupplier> permitChange = UnaryOperator.identity();

    SimulatedPostgres(PgServer server, Operations operations, Chance chance) {
        this.server = server;
        this.machine = server.machine();
        this.operations = operations;
        this.chance = chance;
    }

    /** Plants a defect: the operations ask another permit than they were given. */
    void changePermit(UnaryOperator<BooleanSupplier> change) {
        permitChange = change;
    }

    @Override
    public PostgresStatus observe(Duration timeout) {
        if (server.isFrozen()) {
            machine.spend(machine.clock().toReal(timeout.toNanos()));
        } else {
            machine.spend(chance.between(MILLI, 8 * MILLI));
        }
        return ServerStatus.of(server, operations.streaming(), task(), machine);
    }

    @Override
    public boolean begin(Operation operation, Tick now, BooleanSupplier permit) {
        if (run != null && run.isRunning()) {
            return false;
        }
        acknowledged = false;
        run = new OperationRun(machine, operation, now, permitChange.apply(permit), this::exited);
        operations.perform(server, run);
        return true;
    }

    private void exited() {
        machine.onAgent(3 * MILLI, () -> exitListener.run());
    }

    /** The postmaster ended. */
    void postmasterExited() {
        exited();
    }

    @Override
    public Optional<LongTaskStatus> task() {
        return run == null || acknowledged ? Optional.empty() : Optional.of(run.status());
    }

    @Override
    public void acknowledge() {
        if (run != null && !run.isRunning()) {
            acknowledged = true;
        }
    }

    @Override
    public void cancel(Duration timeout) {
        if (run != null && run.isRunning()) {
            run.cancel();
            operations.afterCancel(server, run.operation());
            machine.spend(chance.between(5 * MILLI, 60 * MILLI));
        }
    }

    @Override
    public boolean fence(Duration timeout) {
        long half = chance.between(4 * MILLI, 40 * MILLI);
        machine.spend(half);
        server.kill(true);
        machine.spend(half);
        return true;
    }

    @Override
    public void nudge() {
        machine.spend(MILLI);
        operations.streaming().reconnect(server);
    }

    @Override
    public boolean syncSlots(Set<String> wanted) {
        machine.spend(3 * MILLI);
        if (!server.isConnectable()) {
            return false;
        }
        List<String> active = operations.streaming().replicasOf(server).stream().map(s -> s.name().value()).toList();
        server.slots().removeIf(slot -> !wanted.contains(slot) && !active.contains(slot));
        server.slots().addAll(wanted);
        return true;
    }

    @Override
    public boolean applySettings(Map<String, Object> dynamicConfig) {
        machine.spend(2 * MILLI);
        return true;
    }

    @Override
    public boolean setStandbyNames(String names) {
        return false;
    }

    @Override
    public boolean releaseStandbyNames() {
        return true;
    }

    @Override
    public Optional<CutVote> cut(Revision epoch, Duration timeout) {
        return Optional.empty();
    }

    @Override
    public Optional<TimelineHistory> timelineHistory() {
        if (!server.isPresent() || server.branch().history().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TimelineHistory(true, server.branch().history()));
    }

    @Override
    public boolean arm(LeaseId lease, Revision epoch) {
        return true;
    }

    @Override
    public boolean disarm() {
        return true;
    }

    @Override
    public void onExit(Runnable listener) {
        exitListener = listener;
    }

    @Override
    public void close() {
        if (run != null && run.isRunning()) {
            run.cancel();
        }
    }
}
