package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;

/**
 * I3: nobody acknowledges a commit without holding the leader lock in the committed log, and nobody after a commit
 * under a later lock. A primary whose agent is dead or not scheduled cannot be ended without a guard: its commits are
 * counted, not refused, until its agent has had time to act again. So are those of a paused cluster.
 */
final class OneWriter implements Invariant {

    /** An agent that comes back starts, looks twice, and between waits one lease for proof that the lock is still its. */
    private static final long LOOKS = 4_000 * Options.MILLI;

    private long newestEpoch;

    @Override
    public String name() {
        return "I3 one writer under one lock";
    }

    @Override
    public String looksAt() {
        return "acknowledged commits";
    }

    @Override
    public void acknowledged(World world, Host host) {
        MemberName name = host.name();
        long epoch = world.locks().latestOf(name).map(LockHistory.Grant::epoch).orElse(0L);
        boolean held = world.locks().isHeldBy(name);
        if (held) {
            if (epoch < newestEpoch) {
                world.violated(this, name + " commits under lock " + epoch + " after one of " + newestEpoch);
            }
            newestEpoch = Math.max(newestEpoch, epoch);
            return;
        }
        String excuse = excuse(world, host);
        if (excuse.isEmpty()) {
            world.violated(this, name + " acknowledged a commit without the leader lock, which "
                    + world.locks().current().map(g -> g.holder() + " holds").orElse("nobody holds"));
        } else {
            world.tally().count("commits without the lock: " + excuse, 1);
            if (epoch < newestEpoch) {
                world.tally().count("commits of two primaries: " + excuse, 1);
            }
        }
    }

    /** How long an agent that comes back may take to end a primary that lost its lock meanwhile. */
    private static long recovery(World world) {
        return LOOKS + (long) (world.options().settings().leaderLease() * Options.SECOND);
    }

    private String excuse(World world, Host host) {
        Machine machine = host.machine();
        if (!machine.isAgentAlive()) {
            return "needs the guard (agent dead)";
        }
        if (machine.isFrozen()) {
            return "needs the guard (agent frozen)";
        }
        if (world.isPaused()) {
            return "paused cluster";
        }
        if (host.agent().filter(agent -> world.now() - agent.believedPausedAt() < recovery(world)).isPresent()) {
            return "has not seen the end of a pause";
        }
        boolean justBack = world.now() - machine.disturbedAt() < recovery(world);
        return justBack ? "needs the guard (agent just back)" : "";
    }
}
