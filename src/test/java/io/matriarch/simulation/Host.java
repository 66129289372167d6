package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import java.util.Optional;

/** One machine with what runs on it: a peer of the consensus group, and unless it is a witness PostgreSQL and an agent. */
final class Host {

    private final Machine machine;
    private final RaftPeer peer;
    private final Optional<PgServer> server;
    private Optional<SimulatedAgent> agent = Optional.empty();
    private boolean decidedPaused;
    private long pausedAt = Long.MIN_VALUE / 2;
    private long disturbedAt = Long.MIN_VALUE / 2;

    Host(Machine machine, RaftPeer peer, Optional<PgServer> server) {
        this.machine = machine;
        this.peer = peer;
        this.server = server;
    }

    Machine machine() {
        return machine;
    }

    int id() {
        return machine.id();
    }

    MemberName name() {
        return machine.name();
    }

    RaftPeer peer() {
        return peer;
    }

    Optional<PgServer> server() {
        return server;
    }

    /** The agent while its process lives. */
    Optional<SimulatedAgent> agent() {
        return agent;
    }

    void agent(Optional<SimulatedAgent> newAgent) {
        agent = newAgent;
    }

    /** An agent of this host has decided, in the belief that management is paused or not. */
    void decidedPaused(boolean paused, long now) {
        if (paused || decidedPaused) {
            pausedAt = now;
        }
        decidedPaused = paused;
    }

    /** Whether the last decision here was made in the belief that management is paused; the guard has been off since. */
    boolean isLeftPaused() {
        return decidedPaused;
    }

    /** Real time of the last decision in that belief, or of the first one without it. */
    long pausedAt() {
        return pausedAt;
    }

    /** Real time of the last thing that went wrong here or was set right. */
    long disturbedAt() {
        return disturbedAt;
    }

    void disturbed(long until) {
        disturbedAt = Math.max(disturbedAt, until);
    }
}
