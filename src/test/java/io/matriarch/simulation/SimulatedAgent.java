package io.matriarch.simulation;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaseId;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.ha.CutRules;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Decider;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.Tick;
import io.matriarch.loop.HaLoop;
import io.matriarch.loop.HaPorts;
import io.matriarch.loop.LeaderLockKeeper;
import io.matriarch.loop.StatusBoard;
import io.matriarch.loop.Ticker;
import io.matriarch.postgres.Postgres;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** One incarnation of an agent: the real loop, keeper and rules over simulated ports, driven by events. */
final class SimulatedAgent {

    private static final long LEAST_PAUSE = Options.MILLI / 2;
    private static final long COALESCED = 5 * Options.MILLI;
    private static final long PATIENCE = 10 * Options.SECOND;
    private static final long CUT_PATIENCE = Options.SECOND;
    private static final long COMES_BACK = 3 * Options.SECOND;

    private final World world;
    private final Host host;
    private final Machine machine;
    private final LeaderLockKeeper keeper;
    private final StatusBoard board;
    private final HaLoop loop;
    private final SimulatedPostgres postgres;
    private final Function<Observation, Decision> decider;
    private Optional<OperatorIntent.Restart> restart = Optional.empty();
    private Optional<OperatorIntent.Reinitialize> reinitialize = Optional.empty();
    private Optional<CutDemand> demand = Optional.empty();
    private long wishes;
    private boolean ticking;
    private boolean woken;
    private long plan;
    private long keeperPlan;
    private Decision last;

    private SimulatedAgent(World world, Host host) {
        this.world = world;
        this.host = host;
        this.machine = host.machine();
        Chance chance = world.chance().split();
        SimulatedStore store = new SimulatedStore(world.raft(), host.peer());
        Variation variation = world.variation();
        Dcs dcs = variation.dcs(new SimulatedDcs(new StoreDcs(store, World.KEYS), store) {
            @Override
            public Optional<ClusterView> view(Duration maximumAge, Duration timeout) {
                // whoever is asked for a vote looks at the newest state of the store
                return super.view(demand.isPresent() ? Duration.ZERO : maximumAge, timeout);
            }
        }, store, host);
        Ticker ticker = machine::now;
        this.postgres = new SimulatedPostgres(host.server().orElseThrow(), world.operations(), chance.split());
        postgres.onCut(this::voted);
        Postgres port = variation.postgres(postgres, host);
        this.keeper = new LeaderLockKeeper(dcs, ticker, machine::bootNow);
        this.board = new StatusBoard(keeper::hold);
        this.decider = variation.decider(Decider::decide, host);
        HaPorts ports = new HaPorts(dcs, port,
                new SimulatedPeers(machine, world.network(), world.byName(), chance.split()), ticker,
                () -> Instant.ofEpochMilli(machine.clock().wallMillis(world.now())),
                new SimulatedSettings(machine.name(), world.options().settings()),
                () -> new LeaseId(chance.nextLong() >>> 1 | 1), board);
        this.loop = new HaLoop(ports, keeper, this::decide);
    }

    static SimulatedAgent start(World world, Host host) {
        SimulatedAgent agent = new SimulatedAgent(world, host);
        agent.loop.onWake(agent::wake);
        agent.keeper.onDue(agent::pollKeeper);
        agent.planTick(world.now() + world.chance().between(200 * Options.MILLI, 1_500 * Options.MILLI));
        agent.machine.onAgent(Options.MILLI, agent::pollKeeper);
        return agent;
    }

    StatusBoard board() {
        return board;
    }

    boolean isFrozen() {
        return machine.isFrozen();
    }

    /** The hold as this agent knows it, whatever its loop is busy with. */
    LockHold hold() {
        return keeper.hold();
    }

    void postmasterExited() {
        postgres.postmasterExited();
    }

    /** A holder of the lock asks for this member's vote. Of two that ask, the later one has the say. */
    void cut(OperatorIntent.CutRequest request, Consumer<CutVote> reply) {
        if (demand.filter(d -> d.request.epoch().compareTo(request.epoch()) > 0).isPresent()) {
            return;
        }
        CutDemand mine = new CutDemand(request, reply);
        demand = Optional.of(mine);
        wake();
        machine.onAgent(CUT_PATIENCE, () -> demand = demand.filter(d -> d != mine));
    }

    private void voted(CutVote vote) {
        demand.filter(d -> d.request.epoch().equals(vote.epoch())).ifPresent(d -> {
            demand = Optional.empty();
            d.reply.accept(vote);
        });
    }

    /** An operator asks for a restart of PostgreSQL. */
    void restart(Duration timeout) {
        OperatorIntent.Restart wish = new OperatorIntent.Restart(++wishes, timeout);
        restart = Optional.of(wish);
        wake();
        world.loop().after(PATIENCE, () -> restart = restart.filter(w -> w != wish));
    }

    /** An operator asks for a new data directory. */
    void reinitialize(boolean force) {
        OperatorIntent.Reinitialize wish = new OperatorIntent.Reinitialize(++wishes, force, false);
        reinitialize = Optional.of(wish);
        wake();
        world.loop().after(PATIENCE, () -> reinitialize = reinitialize.filter(w -> w != wish));
    }

    private Decision decide(Observation seen) {
        OperatorIntent intent = new OperatorIntent(seen.intent().shutdown(), restart, reinitialize,
                seen.intent().reload(), demand.map(CutDemand::request));
        Observation asked = new Observation(seen.now(), seen.wall(), seen.cluster(), seen.lock(), seen.postgres(),
                seen.peers(), seen.task(), intent, seen.settings(), seen.memory(), seen.cuts());
        Decision decision = decider.apply(asked);
        if (CutRules.refusal(asked).isPresent()) {
            demand = Optional.empty();
        }
        boolean repeats = last != null && last.rule() == decision.rule() && last.effects().equals(decision.effects());
        world.journal().decided(machine.name(), decision, !repeats);
        last = decision;
        host.decidedPaused(decision.memory().paused(), world.now());
        world.decided(host, decision);
        for (Effect effect : decision.effects()) {
            if (effect instanceof Effect.Begin begin && begin.operation() instanceof Operation.Restart) {
                restart = Optional.empty();
            } else if (effect instanceof Effect.Begin begin && begin.operation() instanceof Operation.Reinitialize) {
                reinitialize = Optional.empty();
            }
        }
        return decision;
    }

    private void wake() {
        if (ticking) {
            woken = true;
        } else {
            planTick(world.now() + COALESCED);
        }
    }

    private void planTick(long time) {
        long mine = ++plan;
        machine.onAgent(time - world.now(), () -> {
            if (mine == plan) {
                ticking = true;
                woken = false;
                machine.tick(this::tick);
            }
        });
    }

    private void tick() {
        Tick next;
        try {
            next = loop.tick();
        } catch (RuntimeException e) {
            world.fail("the loop of " + host.name() + " threw " + e + " at " + e.getStackTrace()[0]);
            return;
        }
        ticking = false;
        if (loop.exit().isPresent()) {
            exit();
        } else {
            planTick(world.now() + (woken ? COALESCED : Math.max(delayUntil(next), COALESCED)));
        }
    }

    private long delayUntil(Tick next) {
        return machine.clock().toReal(next.since(machine.now()).toNanos());
    }

    private void exit() {
        world.journal().happened("the agent of " + host.name() + " exits: " + loop.exit().orElseThrow().message());
        world.tally().count("agents that ended themselves", 1);
        world.killAgent(host);
        world.loop().after(COMES_BACK, () -> world.startAgent(host));
    }

    private void pollKeeper() {
        if (!machine.isAgentRunning()) {
            return;
        }
        long mine = ++keeperPlan;
        Tick next = keeper.poll(machine.now());
        long delay = Math.max(LEAST_PAUSE, machine.clock().toReal(next.since(machine.now()).toNanos()));
        machine.onAgent(delay, () -> {
            if (mine == keeperPlan) {
                pollKeeper();
            }
        });
    }

    /** A question that has not been answered. */
    private record CutDemand(OperatorIntent.CutRequest request, Consumer<CutVote> reply) {
    }
}
