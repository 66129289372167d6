package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import java.util.Optional;

/**
 * I3: two members never both acknowledge commits under different locks.
 *
 * <p>Asynchronous replication: nobody acknowledges a commit without holding the leader lock in the committed log. Two
 * things are counted, not refused: commits within 50 ms after a thaw of the machine, and commits while neither the guard
 * nor the agent can run. So are those of a paused cluster, whose guards are off.
 *
 * <p>Synchronous replication: the lock may lapse while nobody uses it. Once a later holder has acknowledged a commit, an
 * earlier one acknowledges none that the later one has not got; after a forced failover and in a paused cluster, that is
 * counted.
 */
final class OneWriter implements Invariant {

    /** An agent that comes back starts, looks twice, and between waits one lease for proof that the lock is still its. */
    private static final long LOOKS = 4_000 * Options.MILLI;
    private static final long OPERATOR = 60_000 * Options.MILLI;
    private static final long THAW = 50 * Options.MILLI;

    private long newestEpoch;
    private Optional<Host> newest = Optional.empty();

    @Override
    public String name() {
        return "I3 one writer under one lock";
    }

    @Override
    public String looksAt() {
        return "acknowledged commits";
    }

    @Override
    public void acknowledged(World world, Host host, Branch.Point commit) {
        MemberName name = host.name();
        long epoch = world.locks().latestOf(name).map(LockHistory.Grant::epoch).orElse(0L);
        if (world.locks().isHeldBy(name)) {
            if (epoch < newestEpoch) {
                world.violated(this, name + " commits under lock " + epoch + " after one of " + newestEpoch);
            }
            newestEpoch = Math.max(newestEpoch, epoch);
            newest = Optional.of(host);
            return;
        }
        if (world.isSynchronous()) {
            withoutLockInSync(world, host, commit, epoch);
            return;
        }
        String excuse = excuse(world, host);
        if (excuse.isEmpty()) {
            world.violated(this, name + " acknowledged a commit without the leader lock, which "
                    + world.locks().current().map(g -> g.holder() + " holds").orElse("nobody holds"));
            return;
        }
        world.tally().count("commits without the lock: " + excuse, 1);
        if (epoch < newestEpoch) {
            world.tally().count("commits of two primaries: " + excuse, 1);
        }
    }

    private void withoutLockInSync(World world, Host host, Branch.Point commit, long epoch) {
        if (epoch >= newestEpoch) {
            world.tally().count("synchronous commits under a lapsed lock that nobody used", 1);
            return;
        }
        PgServer later = newest.orElseThrow().server().orElseThrow();
        if (later.isPresent() && later.branch().follows(commit.branch(), later.end()) >= commit.lsn()) {
            world.tally().count("synchronous commits acknowledged late that the new primary has", 1);
        } else if (world.operatorForcedSince(world.now() - OPERATOR)) {
            world.tally().count("commits of two primaries: an operator forced a failover without the voters", 1);
        } else if (world.isPaused()) {
            world.tally().count("commits of two primaries: paused cluster", 1);
        } else {
            world.violated(this, host.name() + " acknowledged a commit under lock " + epoch + " after "
                    + later.name() + " did under lock " + newestEpoch);
        }
    }

    /** How long an agent that comes back may take to end a primary that lost its lock meanwhile. */
    private static long recovery(World world) {
        return LOOKS + (long) (world.options().settings().leaderLease() * Options.SECOND);
    }

    private String excuse(World world, Host host) {
        PgServer server = host.server().orElseThrow();
        long now = world.now();
        boolean guardCan = server.guard().filter(SimulatedGuard::isRunning).isPresent();
        long thawed = Math.max(server.frozenUntil(), server.guard().map(SimulatedGuard::frozenUntil).orElse(Long.MIN_VALUE / 2));
        if (guardCan && now - thawed <= THAW) {
            return "within 50 ms after a thaw";
        }
        Machine machine = host.machine();
        boolean agentCan = machine.isAgentRunning() && now - machine.disturbedAt() > recovery(world);
        if (!guardCan && !agentCan) {
            return server.guard().isPresent() ? "neither guard nor agent can run"
                    : "no guard is used, and the agent cannot run";
        }
        if (world.isPaused()) {
            return "paused cluster";
        }
        boolean stillPaused = host.isLeftPaused() || now - host.pausedAt() < recovery(world);
        if (stillPaused) {
            return "has not seen the end of a pause";
        }
        boolean founder = server.guard().filter(guard -> !guard.wasEverArmed()).isPresent() && !agentCan;
        return founder ? "a founder died between its first lock and the order to its guard" : "";
    }
}
