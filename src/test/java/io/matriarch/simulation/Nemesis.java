package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.List;

/** What goes wrong: strikes at random moments with the kinds of faults the seed chose, and sets right what it broke. */
final class Nemesis {

    private static final long SECOND = Options.SECOND;
    private static final long MILLI = Options.MILLI;
    /** The parts of a frozen machine are all scheduled again within this. */
    private static final long THAWS = 20 * MILLI;

    private final World world;
    private final Chance chance;
    private final Operator operator;
    private final List<Fault> kinds;
    private boolean healed;

    Nemesis(World world, Chance chance) {
        this.world = world;
        this.chance = chance;
        this.operator = new Operator(world, chance.split());
        this.kinds = List.copyOf(new ArrayList<>(world.options().faults()));
        if (world.options().store().loss() > 0) {
            world.disturbed(Long.MAX_VALUE / 2);
        }
    }

    Operator operator() {
        return operator;
    }

    void start() {
        scheduleNext();
    }

    private void scheduleNext() {
        if (!kinds.isEmpty()) {
            world.loop().after(chance.exponential(world.options().faultEvery()) + MILLI, this::strikeAndGoOn);
        }
    }

    private void strikeAndGoOn() {
        if (!healed) {
            strike(chance.oneOf(kinds));
            scheduleNext();
        }
    }

    /** Sets everything right but for what is frozen, which thaws in its time, and strikes no more. */
    void healAll() {
        healed = true;
        world.journal().happened("everything is healed");
        world.network().restoreAll();
        world.raft().loss(0);
        world.operations().slowDown(1);
        for (Host host : world.hosts()) {
            host.server().ifPresent(world.operations().streaming()::usualLag);
            world.boot(host);
        }
        world.raft().topologyChanged();
        operator.resume();
    }

    /** Makes one fault of a kind happen now. */
    void strike(Fault fault) {
        world.tally().fault(fault);
        world.journal().happened(fault.name());
        if (fault.isOperator()) {
            operator.act(fault);
        } else if (fault.ordinal() <= Fault.REPLAY_STOP.ordinal()) {
            strikeProcesses(fault);
        } else {
            strikeConnections(fault);
        }
    }

    private Host anyHost() {
        return chance.oneOf(world.hosts());
    }

    /** The primary more often than chance would. */
    private Host anyDatabase() {
        if (chance.happens(0.4)) {
            for (Host host : world.databases()) {
                if (world.locks().isHeldBy(host.name())) {
                    return host;
                }
            }
        }
        return chance.oneOf(world.databases());
    }

    /** Frozen until it is too late, and dead before it can do anything about it. */
    private void stall(Host host) {
        if (healed) {
            return;
        }
        long time = chance.between(100 * MILLI, 6 * SECOND);
        freezeAgent(host, time);
        if (chance.happens(0.5)) {
            world.loop().after(time + chance.between(0, 20 * MILLI), () -> {
                if (!healed) {
                    killAgent(host);
                }
            });
        }
    }

    private void strikeProcesses(Fault fault) {
        if (fault == Fault.STALL_AT_THE_LAST_LOOK) {
            world.ambushAtTheLastLook(this::stall);
            return;
        }
        if (fault != Fault.POWER_CUT && chance.happens(0.35)) {
            world.ambush(host -> strikeProcess(fault, host));
            return;
        }
        strikeProcess(fault, chance.happens(0.7) ? anyDatabase() : anyHost());
    }

    private void strikeProcess(Fault fault, Host host) {
        if (healed) {
            return;
        }
        switch (fault) {
            case AGENT_KILL -> killAgent(host);
            case NODE_CRASH -> crash(host, chance.between(2 * SECOND, 60 * SECOND));
            case POWER_CUT -> {
                world.disturbed(world.now() + 60 * SECOND);
                world.hosts().forEach(each -> crash(each, chance.between(2 * SECOND, 30 * SECOND)));
            }
            case POSTGRES_CRASH -> host.server().ifPresent(server -> crashPostgres(host, server));
            case POSTGRES_FREEZE -> freezePostgres(host, chance.between(SECOND / 2, 30 * SECOND));
            case AGENT_FREEZE -> freezeAgent(host, freezeTime());
            case GUARD_KILL -> killGuard(host);
            case GUARD_AND_AGENT_KILL -> {
                killGuard(host);
                killAgent(host);
            }
            case GUARD_FREEZE -> freezeGuard(host, freezeTime());
            case MACHINE_FREEZE -> freezeMachine(host, freezeTime());
            case SUSPENSION -> {
                long time = freezeTime();
                world.journal().happened(host.name() + " is suspended for " + time / MILLI + " ms");
                host.machine().clock().suspend(world.now(), world.now() + time);
                freezeMachine(host, time);
            }
            case REPLAY_STOP -> host.server().filter(server -> server.process() == PgServer.Process.REPLICA)
                    .ifPresent(server -> server.replayStops(chance.between(SECOND, 30 * SECOND)));
            default -> throw new IllegalArgumentException(fault.name());
        }
    }

    private void killGuard(Host host) {
        host.disturbed(world.now());
        world.journal().happened("the guard of " + host.name() + " dies");
        boolean orphan = chance.happens(world.options().server().orphans());
        host.server().flatMap(PgServer::guard).ifPresent(guard -> guard.kill(orphan));
    }

    private void freezeGuard(Host host, long time) {
        host.disturbed(world.now() + time);
        world.journal().happened("the guard of " + host.name() + " freezes for " + time / MILLI + " ms");
        host.server().flatMap(PgServer::guard).ifPresent(guard -> guard.freeze(time));
    }

    /** All of it, each part scheduled again at a moment of its own. */
    void freezeMachine(Host host, long time) {
        freezeAgent(host, time + chance.between(0, THAWS));
        freezePostgres(host, time + chance.between(0, THAWS));
        freezeGuard(host, time + chance.between(0, THAWS));
    }

    private long freezeTime() {
        return chance.happens(0.5) ? chance.between(100 * MILLI, 4 * SECOND) : chance.between(SECOND, 30 * SECOND);
    }

    private void killAgent(Host host) {
        long time = chance.happens(0.5) ? chance.between(100 * MILLI, 3 * SECOND) : chance.between(SECOND, 40 * SECOND);
        host.disturbed(world.now() + time);
        world.journal().happened("agent of " + host.name() + " dies for " + time / MILLI + " ms");
        world.killAgent(host);
        world.loop().after(time, () -> world.startAgent(host));
    }

    private void crash(Host host, long time) {
        host.disturbed(world.now() + time);
        world.journal().happened(host.name() + " is off for " + time / MILLI + " ms");
        world.crash(host);
        world.loop().after(time, () -> world.boot(host));
    }

    private void crashPostgres(Host host, PgServer server) {
        host.disturbed(world.now());
        boolean orphan = chance.happens(world.options().server().orphans());
        world.journal().happened("postmaster of " + host.name() + " dies" + (orphan ? ", a backend lives on" : ""));
        server.crash(orphan);
    }

    private void freezePostgres(Host host, long time) {
        host.disturbed(world.now() + time);
        world.journal().happened("PostgreSQL of " + host.name() + " freezes for " + time / MILLI + " ms");
        host.server().ifPresent(server -> server.freeze(time));
    }

    private void freezeAgent(Host host, long time) {
        host.disturbed(world.now() + time);
        world.journal().happened("agent of " + host.name() + " freezes for " + time / MILLI + " ms");
        world.freezeAgent(host, time);
    }

    private void strikeConnections(Fault fault) {
        long time = chance.happens(0.5) ? chance.between(SECOND / 5, 5 * SECOND) : chance.between(SECOND, 60 * SECOND);
        switch (fault) {
            case ISOLATION -> isolate(chance.happens(0.6) ? anyDatabase() : anyHost(), time);
            case ONE_WAY_CUT -> cutOneWay(anyHost(), anyHost(), time);
            case SPLIT -> split(time);
            case RAFT_LEADER_CHANGE -> world.raft().changeLeader();
            case LOSS -> forAWhile(time, () -> world.raft().loss(chance.between(0.02, 0.5)),
                    () -> world.raft().loss(world.options().store().loss()));
            case SLOW_NETWORK -> forAWhile(time, () -> world.network().slowDown(chance.between(2.0, 40.0)),
                    () -> world.network().slowDown(1));
            case WALL_JUMP -> anyHost().machine().clock().setWall(chance.between(-86_400_000L, 86_400_000L));
            case REPLICATION_LAG -> delayReplication(anyDatabase().server().orElseThrow(), time);
            case SLOW_START -> forAWhile(time, () -> world.operations().slowDown(chance.between(3.0, 30.0)),
                    () -> world.operations().slowDown(1));
            default -> throw new IllegalArgumentException(fault.name());
        }
    }

    private void delayReplication(PgServer replica, long time) {
        Streaming streaming = world.operations().streaming();
        streaming.lag(replica, chance.between(SECOND / 2, 10 * SECOND));
        world.loop().after(time, () -> streaming.usualLag(replica));
    }

    private void forAWhile(long time, Runnable begin, Runnable end) {
        world.disturbed(world.now() + time);
        begin.run();
        world.loop().after(time, () -> {
            if (!healed) {
                end.run();
            }
        });
    }

    void isolate(Host host, long time) {
        host.disturbed(world.now() + time);
        world.journal().happened(host.name() + " is cut off for " + time / MILLI + " ms");
        for (Host other : world.hosts()) {
            if (other != host) {
                cut(host, other, time);
                cut(other, host, time);
            }
        }
    }

    private void cutOneWay(Host from, Host to, long time) {
        from.disturbed(world.now() + time);
        to.disturbed(world.now() + time);
        world.journal().happened("nothing passes from " + from.name() + " to " + to.name() + " for "
                + time / MILLI + " ms");
        cut(from, to, time);
    }

    private void split(long time) {
        world.disturbed(world.now() + time);
        int groups = 1 + chance.below((1 << world.hosts().size()) - 2);
        world.journal().happened("the network falls apart: " + Integer.toBinaryString(groups) + " for "
                + time / MILLI + " ms");
        for (Host a : world.hosts()) {
            for (Host b : world.hosts()) {
                if ((groups >> a.id() & 1) != (groups >> b.id() & 1)) {
                    cut(a, b, time);
                }
            }
        }
    }

    private void cut(Host from, Host to, long time) {
        world.network().cut(from.id(), to.id());
        world.loop().after(time, () -> {
            if (!healed) {
                world.network().restore(from.id(), to.id());
            }
        });
    }
}
