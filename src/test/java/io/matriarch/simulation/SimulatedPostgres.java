package io.matriarch.simulation;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.GuardState;
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
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The port of one incarnation of an agent to the PostgreSQL of its machine. Its operations end with the agent; what they
 * told the server to do does not.
 */
final class SimulatedPostgres implements Postgres {

    private static final long MILLI = 1_000_000;
    private static final long GUARD_PATIENCE = 300 * MILLI;

    private final PgServer server;
    private final Machine machine;
    private final Chance chance;
    private final Operations operations;
    private OperationRun run;
    private Optional<Told> told = Optional.empty();
    private Optional<Revision> intended = Optional.empty();
    private GuardState firstState = GuardState.OFF;
    private Order ordered = new Order(-1, GuardState.UNKNOWN);
    private Duration lenience = Duration.ZERO;
    private Cutting cutting = this::cutNow;
    private boolean forgetsCuts;
    private Consumer<CutVote> cutListener = vote -> { };
    private boolean acknowledged;
    private Runnable exitListener = () -> { };
    private UnaryOperator<BooleanSupplier> permitChange = UnaryOperator.identity();

    SimulatedPostgres(PgServer server, Operations operations, Chance chance) {
        this.server = server;
        this.machine = server.machine();
        this.operations = operations;
        this.chance = chance;
        server.guard().ifPresent(guard -> guard.starters(this::firstWatch));
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
        return ServerStatus.of(server, operations.streaming(), task(), machine).withGuard(guardState()).withSync(
                server.standbyNames(), new Revision(server.cutEpoch()));
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
        return standbyNames(names, true);
    }

    @Override
    public boolean releaseStandbyNames() {
        return standbyNames("", false);
    }

    private boolean standbyNames(String names, boolean managed) {
        machine.spend(chance.between(MILLI, 4 * MILLI));
        server.syncNames(names, managed);
        return true;
    }

    /** Plants a defect: the guard is fed with later deadlines. */
    void lenient(Duration more) {
        lenience = more;
    }

    /** Plants a defect: this member cuts itself in another way. */
    void cutBy(Cutting other) {
        cutting = other;
    }

    /** Plants a defect: the epoch of a cut is not kept. */
    void forgetCuts() {
        server.cutEpoch(0);
        forgetsCuts = true;
    }

    /** Calls {@code listener} with every vote. */
    void onCut(Consumer<CutVote> listener) {
        cutListener = listener;
    }

    @Override
    public Optional<CutVote> cut(Revision epoch, Duration timeout) {
        if (!server.isPresent() || server.mayWrite()) {
            return Optional.empty();
        }
        if (server.isFrozen()) {
            machine.spend(machine.clock().toReal(timeout.toNanos()));
            return Optional.empty();
        }
        Optional<CutVote> vote = cutting.cut(epoch);
        vote.ifPresent(cutListener);
        return vote;
    }

    /** Steps of a cut, each of which takes a moment: remember, reload, end the receiver, look, read. */
    private Optional<CutVote> cutNow(Revision epoch) {
        machine.spend(chance.between(MILLI, 10 * MILLI));
        rememberCut(epoch);
        reloadWithoutSource();
        machine.spend(chance.between(MILLI, 5 * MILLI));
        operations.streaming().endReceiver(server);
        machine.spend(chance.between(MILLI, 5 * MILLI));
        return operations.streaming().isConnected(server) || server.mayWrite() ? Optional.empty() : Optional.of(vote(epoch));
    }

    void rememberCut(Revision epoch) {
        if (!forgetsCuts) {
            server.cutEpoch(Math.max(server.cutEpoch(), epoch.value()));
        }
    }

    void reloadWithoutSource() {
        operations.streaming().follow(server, Optional.empty());
    }

    void endReceiver() {
        operations.streaming().endReceiver(server);
    }

    void spend(long nanos) {
        machine.spend(nanos);
    }

    CutVote vote(Revision epoch) {
        return new CutVote(epoch, new Timeline(server.branch().timeline()), new Lsn(server.end()));
    }

    /** How this member cuts itself. */
    interface Cutting {
        Optional<CutVote> cut(Revision epoch);
    }

    @Override
    public Optional<TimelineHistory> timelineHistory() {
        if (!server.isPresent() || server.branch().history().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TimelineHistory(true, server.branch().history()));
    }

    @Override
    public void feed(LeaderLock lock, Tick deadline) {
        Tick until = deadline.plus(lenience);
        told = Optional.of(new Told(lock.epoch(), until));
        if (!operations.isGuarded()) {
            return;
        }
        guard().feed(this, lock.epoch().value(), until);
    }

    @Override
    public boolean arm(LeaseId lease, Revision epoch) {
        if (!operations.isGuarded()) {
            return true;
        }
        intended = Optional.of(epoch);
        if (server.process() == PgServer.Process.DOWN) {
            return true;
        }
        guard().adopt();
        machine.spend(guard().isFrozen() ? GUARD_PATIENCE : chance.between(MILLI / 2, 3 * MILLI));
        SimulatedGuard.Watch watch = new SimulatedGuard.Watch(this, epoch.value(),
                told.filter(t -> t.epoch.equals(epoch)).map(Told::deadline));
        return ordered(guard().arm(this, watch.epoch(), watch.deadline()), GuardState.armed(epoch));
    }

    @Override
    public boolean disarm() {
        if (!operations.isGuarded()) {
            return true;
        }
        intended = Optional.empty();
        machine.spend(guard().isFrozen() ? GUARD_PATIENCE : chance.between(MILLI / 2, 3 * MILLI));
        return ordered(guard().disarm(), GuardState.OFF);
    }

    private SimulatedGuard guard() {
        return server.guard().orElseThrow();
    }

    /** What the guard of a primary that is being started is told. */
    private Optional<SimulatedGuard.Watch> firstWatch() {
        firstState = intended.map(GuardState::armed).orElse(GuardState.OFF);
        return intended.map(epoch -> new SimulatedGuard.Watch(this, epoch.value(),
                told.filter(t -> t.epoch.equals(epoch)).map(Told::deadline)));
    }

    /** A guard that this agent started obeys it from its first moment. */
    private GuardState started() {
        return guard().isArmed() ? firstState : GuardState.OFF;
    }

    private GuardState guardState() {
        boolean none = server.process() == PgServer.Process.DOWN && !server.hasOrphan();
        if (none || !operations.isGuarded()) {
            return GuardState.NONE;
        }
        if (!guard().isAlive()) {
            return GuardState.LOST;
        }
        return guard().incarnation() == ordered.incarnation ? ordered.state
                : guard().isStartedBy(machine.incarnation()) ? started() : GuardState.UNKNOWN;
    }

    private boolean ordered(boolean acknowledged, GuardState state) {
        if (acknowledged) {
            ordered = new Order(guard().incarnation(), state);
        }
        return acknowledged;
    }

    /** What the guard acknowledged last, and which guard that was. */
    private record Order(int incarnation, GuardState state) {
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

    /** A deadline and the lock it is for. */
    private record Told(Revision epoch, Tick deadline) {
    }
}
