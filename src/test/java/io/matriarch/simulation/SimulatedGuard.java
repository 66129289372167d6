package io.matriarch.simulation;

import io.matriarch.ha.Tick;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The guard of one data directory: a process beside the agent that started PostgreSQL and ends it when the deadline it
 * was fed has passed. It lives on when the agent dies or freezes, and PostgreSQL dies with it.
 *
 * <p>Deadlines are moments on the clock that counts suspensions. What it is told while it is frozen it reads when it is
 * scheduled again, before it looks at the time.
 */
final class SimulatedGuard {

    private static final long PARENT_DEATH = 6 * Options.MILLI;
    /** Until it is told of a deadline. */
    private static final long LEASE = 2_500 * Options.MILLI;
    private static final long SCAN = 20 * Options.MILLI;
    private static final long LONGEST_KILL = 24 * Options.MILLI;

    private final Machine machine;
    private final EventLoop loop;
    private final PgServer server;
    private final Chance chance;
    private final GuardListener listener;
    private Sense sense = Sense.ABSOLUTE;
    private Trigger trigger = Trigger.LEVEL;
    private boolean alive;
    private long frozenUntil = Long.MIN_VALUE / 2;
    private boolean armed;
    private long epoch;
    private long deadline;
    private boolean fired;
    private boolean everArmed;
    private Object owner = "";
    private Supplier<Optional<Watch>> starters = Optional::empty;
    private int plan;
    private int incarnation;
    private int starter;

    SimulatedGuard(Machine machine, EventLoop loop, PgServer server, Chance chance, GuardListener listener) {
        this.machine = machine;
        this.loop = loop;
        this.server = server;
        this.chance = chance;
        this.listener = listener;
    }

    /** How it takes what it is fed; everything but the first is a defect. */
    enum Sense { ABSOLUTE, DURATIONS }

    /** When it acts; everything but the first is a defect. */
    enum Trigger { LEVEL, EDGE }

    /** Told when a guard has ended PostgreSQL. */
    interface GuardListener {
        void fired(SimulatedGuard guard);
    }

    /** Plants a defect. */
    void make(Sense newSense, Trigger newTrigger) {
        sense = newSense;
        trigger = newTrigger;
    }

    PgServer server() {
        return server;
    }

    boolean isAlive() {
        return alive;
    }

    /** Another number for every guard process. */
    int incarnation() {
        return incarnation;
    }

    /** Whether this process of the agent started it. */
    boolean isStartedBy(int agent) {
        return starter == agent;
    }

    boolean isFrozen() {
        return frozenUntil > loop.now();
    }

    /** Whether it lives and is scheduled. */
    boolean isRunning() {
        return alive && !isFrozen();
    }

    /** Real time at which it was or will be scheduled again. */
    long frozenUntil() {
        return frozenUntil;
    }

    boolean isArmed() {
        return alive && armed;
    }

    /** Whether it is on watch and the deadline has passed. */
    boolean isPastDeadline() {
        return isArmed() && left() <= 0;
    }

    /** Another process, as the parent of the server that is being started; a primary is watched if that was asked for. */
    void startWith(boolean primary) {
        start();
        Optional<Watch> first = primary ? starters.get() : Optional.empty();
        first.ifPresent(watch -> arm(watch.session, watch.epoch, watch.deadline));
    }

    /** Starts one for a server that runs and has none. */
    void adopt() {
        if (!alive) {
            start();
        }
    }

    private void start() {
        alive = true;
        incarnation++;
        plan++;
        starter = machine.incarnation();
        frozenUntil = Long.MIN_VALUE / 2;
        armed = false;
        epoch = 0;
    }

    /** An agent has connected: what it asks is what a guard that it starts is armed with from its first moment. */
    void starters(Supplier<Optional<Watch>> newStarters) {
        starters = newStarters;
    }

    /** An order to watch. */
    record Watch(Object session, long epoch, Optional<Tick> deadline) {
    }

    /**
     * It is killed, and the postmaster dies with it. A second process kills what is left, unless it was killed too.
     *
     * @param leaveOrphan the second process is killed as well, and a backend is busy
     */
    void kill(boolean leaveOrphan) {
        if (!alive) {
            return;
        }
        end();
        int generation = server.generation();
        loop.after(PARENT_DEATH, () -> {
            if (server.generation() == generation && server.process() != PgServer.Process.DOWN) {
                server.crash(leaveOrphan);
            }
        });
    }

    /** The postmaster has ended: the guard ends what is left of the processes, and itself. */
    void postmasterEnded() {
        if (!alive) {
            return;
        }
        if (!server.hasOrphan()) {
            end();
            return;
        }
        int mine = incarnation;
        loop.after(chance.between(Options.MILLI, LONGEST_KILL), () -> whenRunning(() -> {
            if (mine == incarnation && server.process() == PgServer.Process.DOWN) {
                server.kill(true);
                end();
            }
        }));
    }

    /** The machine goes down. */
    void end() {
        alive = false;
        armed = false;
        plan++;
    }

    void freeze(long nanos) {
        frozenUntil = Math.max(frozenUntil, loop.now() + nanos);
        if (armed) {
            look();
        }
    }

    /**
     * A later deadline for the lock it watches under, from the session that armed it. What comes after it has begun to
     * kill, or from somebody else, is ignored.
     */
    void feed(Object session, long lockEpoch, Tick until) {
        Tick sent = machine.bootNow();
        whenRunning(() -> {
            boolean mine = armed && !fired && owner == session && lockEpoch == epoch;
            long read = read(until, sent);
            if (mine && read > deadline) {
                deadline = read;
                look();
            }
        });
    }

    /** Goes on watch for a session; the answer is whether it acknowledged. For a guard that runs. */
    boolean arm(Object session, long lockEpoch, Optional<Tick> until) {
        if (!isRunning() || lockEpoch < epoch) {
            return false;
        }
        boolean watched = armed;
        armed = true;
        everArmed = true;
        owner = session;
        epoch = lockEpoch;
        fired = false;
        if (until.isPresent()) {
            deadline = read(until.get(), machine.bootNow());
        } else if (!watched) {
            deadline = now().nanos() + LEASE;
        }
        fired = trigger == Trigger.EDGE && left() <= 0;
        look();
        return true;
    }

    private long read(Tick until, Tick sent) {
        return sense == Sense.ABSOLUTE ? until.nanos() : now().nanos() + Math.max(0, until.nanos() - sent.nanos());
    }

    /** Goes off watch; the answer is whether it acknowledged. */
    boolean disarm() {
        if (!isRunning()) {
            return !alive;
        }
        armed = false;
        plan++;
        return true;
    }

    /** Whether any guard here was ever told to watch. */
    boolean wasEverArmed() {
        return everArmed;
    }

    private void whenRunning(Runnable action) {
        if (!alive) {
            return;
        }
        if (isFrozen()) {
            loop.at(frozenUntil, () -> whenRunning(action));
        } else {
            action.run();
        }
    }

    /** The clock it looks at. */
    private Tick now() {
        return sense == Sense.ABSOLUTE ? machine.bootNow() : machine.now();
    }

    /** With durations everything is on the clock that stands still when the machine does. */
    private long left() {
        return deadline - now().nanos();
    }

    /** PostgreSQL has just been started, or told to become a primary. */
    void processesChanged() {
        if (isArmed() && left() <= 0) {
            look();
        }
    }

    private void look() {
        int mine = ++plan;
        loop.after(Math.max(0, machine.clock().toReal(left())) + Options.MILLI / 100, () -> due(mine));
    }

    private void due(int mine) {
        if (mine != plan || !isArmed()) {
            return;
        }
        if (isFrozen()) {
            loop.at(frozenUntil, () -> due(mine));
        } else if (left() > 0) {
            look();
        } else if (trigger == Trigger.LEVEL || !fired) {
            loop.after(chance.between(Options.MILLI, LONGEST_KILL), () -> fire(mine));
        }
    }

    private void fire(int mine) {
        if (mine != plan || !isArmed() || left() > 0) {
            return;
        }
        if (isFrozen()) {
            loop.at(frozenUntil, () -> fire(mine));
            return;
        }
        fired = true;
        if (server.process() != PgServer.Process.DOWN || server.hasOrphan()) {
            listener.fired(this);
            server.kill(true);
        }
        if (server.process() != PgServer.Process.DOWN || server.hasOrphan()) {
            loop.after(SCAN, () -> due(mine));
        }
    }
}
