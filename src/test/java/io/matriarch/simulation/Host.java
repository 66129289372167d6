package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import java.util.Optional;

/** One machine with what runs on it: a peer of the consensus group, and unless it is a witness PostgreSQL and an agent. */
final class Host {

    private final Machine machine;
    private final RaftPeer peer;
    private final Optional<PgServer> server;
    private Optional<SimulatedAgent> agent = Optional.empty();
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

    /** Real time of the last thing that went wrong here or was set right. */
    long disturbedAt() {
        return disturbedAt;
    }

    void disturbed(long until) {
        disturbedAt = Math.max(disturbedAt, until);
    }
}
