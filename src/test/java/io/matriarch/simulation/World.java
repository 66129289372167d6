package io.matriarch.simulation;

import io.matriarch.cluster.ClusterDocuments;
import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.StoredKey;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.store.Bytes;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One simulated cluster: the machines, the network between them, and what must always hold in it. */
final class World implements PgServer.PgListener, SimulatedGuard.GuardListener, AutoCloseable {

    static final ClusterKeys KEYS = ClusterKeys.of("/service/", "simulated");
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final Options options;
    private final Chance chance;
    private final Variation variation;
    private final EventLoop loop;
    private final Stacks stacks;
    private final Network network;
    private final SimulatedRaft raft;
    private final Operations operations;
    private final Journal journal;
    private final LockHistory locks = new LockHistory(KEYS.leader());
    private final Tally tally = new Tally();
    private final List<Host> hosts = new ArrayList<>();
    private final Map<String, Host> byName = new LinkedHashMap<>();
    private final List<Branch> branches = new ArrayList<>();
    private final List<Invariant> invariants;
    private final Writers writers;
    private Optional<Branch.Point> published = Optional.empty();
    private Optional<String> violation = Optional.empty();
    private Optional<Consumer<Host>> ambush = Optional.empty();
    private Optional<Consumer<Host>> stall = Optional.empty();
    private long disturbedAt = NEVER;
    private long operatorAt = NEVER;
    private long forcedAt = NEVER;
    private boolean syncKnown;
    private boolean paused;
    private long pausedUntil = NEVER;
    private long lostCommits;

    World(Options options, long seed, Variation variation, Consumer<String> printer) {
        this.options = options;
        this.chance = new Chance(seed);
        this.variation = variation;
        this.loop = new EventLoop(this::checkInvariants);
        this.stacks = new Stacks(loop);
        this.network = new Network(options.machines(), options.delay(), chance.split());
        this.raft = new SimulatedRaft(loop, network, chance.split(), options.store());
        this.journal = new Journal(loop, printer);
        this.invariants = List.of(new OneValidHold(), new PrimaryUnderLock(), new OneWriter(), new SyncCommitsKept(),
                new CommitsKept(), new NothingGoesBack(),
                new LastCopyKept(), new HealthyPrimaryStays());
        Streaming streaming = new Streaming(loop, network, options.settings().slots(), options.server().lag());
        streaming.onTwin((replica, source) -> {
            tally.count("twins of a timeline that no number and no position tells apart", 1);
            journal.happened(replica.name() + " takes the timeline of " + source.name() + " for its own");
        });
        Map<String, PgServer> servers = new LinkedHashMap<>();
        this.operations = new Operations(servers, streaming, network, chance.split(), options.server());
        build(streaming, servers);
        network.onChange(raft::topologyChanged);
        raft.onCommit((entry, applied) -> {
            journal.mix(applied.result().revision());
            locks.committed(applied, loop.now());
            applied.events().stream().map(e -> e.kv().key().utf8()).filter(KEYS.status()::equals).findFirst()
                    .ifPresent(key -> notePublished());
            applied.events().stream().map(e -> e.kv().key().utf8()).filter(KEYS.config()::equals).findFirst()
                    .ifPresent(key -> notePause());
            applied.events().stream().map(e -> e.kv().key().utf8()).filter(KEYS.sync()::equals).findFirst()
                    .ifPresent(key -> syncKnown = view().sync().flatMap(SyncState::leader).isPresent());
        });
        this.writers = new Writers(this, chance.split(), options.writeEvery());
    }

    private void build(Streaming streaming, Map<String, PgServer> servers) {
        for (int id = 0; id < options.machines(); id++) {
            double rate = 1 + chance.between(-options.drift(), options.drift());
            Machine machine = new Machine(id, new HostClock(rate, bootTime()), loop, stacks);
            RaftPeer peer = raft.addPeer(machine);
            Optional<PgServer> server = Optional.empty();
            if (id < options.databases()) {
                PgServer made = new PgServer(machine, loop, streaming, this);
                if (options.server().guarded()) {
                    made.guard(new SimulatedGuard(machine, loop, made, chance.split(), this));
                }
                streaming.add(made);
                servers.put(machine.name().value(), made);
                server = Optional.of(made);
            }
            Host host = new Host(machine, peer, server);
            hosts.add(host);
            byName.put(machine.name().value(), host);
        }
    }

    /** Where a monotonic clock begins is arbitrary, negative too. */
    private long bootTime() {
        return chance.between(-1_000_000 * Options.SECOND, 1_000_000 * Options.SECOND);
    }

    /** Has {@link #runUntil} stop exactly at the time it is given. */
    void stopExactly() {
        stacks.fibersOnly();
    }

    /** Switches everything on. */
    void start() {
        raft.start();
        hosts.forEach(this::startAgent);
        writers.start();
    }

    /** Ends the simulation and every tick in it. */
    @Override
    public void close() {
        loop.stop();
        stacks.close();
    }

    void runUntil(long time) {
        loop.runUntil(time);
    }

    private void checkInvariants() {
        for (Invariant invariant : invariants) {
            invariant.afterEvent(this);
        }
    }

    // What the parts of the world ask for.

    Options options() {
        return options;
    }

    Variation variation() {
        return variation;
    }

    EventLoop loop() {
        return loop;
    }

    long now() {
        return loop.now();
    }

    Network network() {
        return network;
    }

    SimulatedRaft raft() {
        return raft;
    }

    Operations operations() {
        return operations;
    }

    Journal journal() {
        return journal;
    }

    LockHistory locks() {
        return locks;
    }

    Tally tally() {
        return tally;
    }

    Writers writers() {
        return writers;
    }

    List<Host> hosts() {
        return hosts;
    }

    Map<String, Host> byName() {
        return byName;
    }

    List<Host> databases() {
        return hosts.stream().filter(host -> host.server().isPresent()).toList();
    }

    /** The real timelines there ever were. */
    List<Branch> branches() {
        return branches;
    }

    Chance chance() {
        return chance;
    }

    List<Invariant> invariants() {
        return invariants;
    }

    // What happens to machines.

    void startAgent(Host host) {
        if (host.machine().isAgentAlive()) {
            return;
        }
        host.machine().startAgent();
        host.peer().restart();
        if (host.server().isPresent()) {
            host.agent(Optional.of(SimulatedAgent.start(this, host)));
        }
        raft.topologyChanged();
    }

    void killAgent(Host host) {
        host.machine().killAgent();
        host.agent(Optional.empty());
        raft.topologyChanged();
    }

    /** Agent and PostgreSQL die at once. */
    void crash(Host host) {
        killAgent(host);
        host.server().flatMap(PgServer::guard).ifPresent(SimulatedGuard::end);
        host.server().ifPresent(server -> server.kill(false));
    }

    void boot(Host host) {
        if (!host.machine().isAgentAlive()) {
            host.machine().clock().reboot(bootTime());
            startAgent(host);
        }
    }

    void freezeAgent(Host host, long nanos) {
        host.machine().freezeAgent(nanos);
        raft.topologyChanged();
        loop.after(nanos, raft::topologyChanged);
    }

    /** Has something happen to the next agent that begins an operation, at that moment. */
    void ambush(Consumer<Host> trap) {
        ambush = Optional.of(trap);
    }

    /** Has something happen to the next agent that is about to make a primary, after its last look at the lock. */
    void ambushAtTheLastLook(Consumer<Host> trap) {
        stall = Optional.of(trap);
    }

    /** Springs the trap, if there is one, in the middle of what the decision began. */
    void decided(Host host, Decision decision) {
        if (ambush.isPresent() && decision.effects().stream().anyMatch(Effect.Begin.class::isInstance)) {
            Consumer<Host> trap = ambush.get();
            ambush = Optional.empty();
            loop.after(chance.between(0, 60 * Options.MILLI), () -> trap.accept(host));
        }
    }

    // What invariants are about.

    void acknowledged(Host host, Branch.Point commit) {
        journal.mix(host.id());
        invariants.forEach(invariant -> invariant.acknowledged(this, host, commit));
    }

    @Override
    public void fired(SimulatedGuard guard) {
        tally.count("servers ended by the guard", 1);
        journal.happened("the guard of " + guard.server().name() + " ends PostgreSQL");
    }

    @Override
    public void becomingPrimary(PgServer server) {
        tally.count("primaries made", 1);
        if (stall.isPresent() && locks.grants() > 0) {
            Consumer<Host> trap = stall.get();
            stall = Optional.empty();
            trap.accept(byName.get(server.name().value()));
        }
        invariants.forEach(invariant -> invariant.becomingPrimary(this, byName.get(server.name().value())));
    }

    @Override
    public void promoted(PgServer server) {
        Host host = byName.get(server.name().value());
        journal.happened(host.name() + " is promoted to timeline " + server.branch().timeline());
        invariants.forEach(invariant -> invariant.promoted(this, host));
        for (Branch branch : locks.isHeldBy(host.name()) ? branches : List.<Branch>of()) {
            lostCommits += branch.dropAfter(Math.max(0, server.branch().follows(branch, server.end())));
        }
        branches.add(server.branch());
        tally.count("promotions", 1);
    }

    @Override
    public void discarding(PgServer server) {
        tally.count("data directories replaced or founded", 1);
        invariants.forEach(invariant -> invariant.discarding(this, byName.get(server.name().value())));
    }

    @Override
    public void founded(PgServer server) {
        branches.add(server.branch());
        tally.count("data directories replaced or founded", 1);
        invariants.forEach(invariant -> invariant.founded(this, byName.get(server.name().value())));
    }

    @Override
    public void ended(PgServer server, boolean wrote, boolean byAgent) {
        Host host = byName.get(server.name().value());
        if (wrote) {
            tally.count("servers that could write ended", 1);
            invariants.forEach(invariant -> invariant.ended(this, host, byAgent));
        }
        host.agent().ifPresent(SimulatedAgent::postmasterExited);
    }

    void violated(Invariant invariant, String what) {
        fail(invariant.name() + ": " + what);
    }

    /** Ends the simulation; the first breach counts. */
    void fail(String what) {
        if (violation.isEmpty()) {
            violation = Optional.of(what);
            journal.happened("BREACH " + what);
            loop.stop();
        }
    }

    Optional<String> violation() {
        return violation;
    }

    /** Something that concerns every machine went on until now, or will until the given time. */
    void disturbed(long until) {
        disturbedAt = Math.max(disturbedAt, until);
    }

    long disturbedAt() {
        return disturbedAt;
    }

    void operatorActs() {
        operatorAt = loop.now();
    }

    /** An operator orders a failover whatever it loses. */
    void operatorForces() {
        forcedAt = loop.now();
    }

    boolean operatorForcedSince(long time) {
        return forcedAt >= time;
    }

    /** Whether commits wait for replicas and the store knows for which. */
    boolean isSynchronous() {
        return syncKnown;
    }

    boolean operatorActedSince(long time) {
        return operatorAt >= time;
    }

    /** Whether management is paused, or was until a moment ago. */
    boolean isPaused() {
        return paused || loop.now() < pausedUntil;
    }

    long lostCommits() {
        return lostCommits;
    }

    /** The last position a holder of the lock published, on the timeline it was on. */
    Optional<Branch.Point> published() {
        return published;
    }

    private void notePublished() {
        Optional<PgServer> server = locks.current().flatMap(g -> byName.get(g.holder().value()).server());
        Optional<Branch> branch = server.map(PgServer::branch);
        branch.ifPresent(b -> published = Optional.of(new Branch.Point(b, view().status().optime().value())));
    }

    private void notePause() {
        boolean now = view().isPaused();
        if (paused && !now) {
            pausedUntil = loop.now() + 30 * Options.SECOND;
        }
        paused = now;
    }

    /** The committed state of the cluster's keys. */
    ClusterView view() {
        Result.RangeResult range = (Result.RangeResult) raft.newest().range(
                RangeRequest.prefix(Bytes.of(KEYS.prefix())));
        return ClusterDocuments.view(KEYS, new Revision(range.revision()), range.kvs().stream()
                .map(kv -> new StoredKey(kv.key().utf8(), kv.value().utf8(), new Revision(kv.modRevision()),
                        new LeaseId(kv.lease()))).toList());
    }

}
