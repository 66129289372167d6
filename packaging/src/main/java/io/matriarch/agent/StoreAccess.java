package io.matriarch.agent;

import io.matriarch.config.AgentConfig;
import io.matriarch.config.EtcdConfig;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.etcd.EtcdStore;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RaftStartException;
import io.matriarch.raft.RatisPeer;
import io.matriarch.raft.RemoteStore;
import io.matriarch.tls.TlsException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The way of this agent to the store: its own peer, or the peers of others. */
final class StoreAccess implements AutoCloseable {

    private static final Duration BETWEEN_TRANSFERS = Duration.ofMinutes(1);
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Optional<RatisPeer> peer;
    private final ReplicatedStore replicated;
    private Optional<ScheduledExecutorService> timer = Optional.empty();
    private Optional<EtcdDoor> adapter = Optional.empty();

    private StoreAccess(Optional<RatisPeer> peer, ReplicatedStore replicated) {
        this.peer = peer;
        this.replicated = replicated;
    }

    static StoreAccess open(AgentConfig config) throws StartupException {
        return config.raft().isPresent() ? embedded(config.raft().get()) : external(config.etcd().orElseThrow());
    }

    private static StoreAccess external(EtcdConfig etcd) throws StartupException {
        try {
            return new StoreAccess(Optional.empty(), EtcdStore.connect(etcd));
        } catch (IOException e) {
            throw new StartupException("The section '" + etcd.section() + "' cannot be used: " + e.getMessage(), e);
        }
    }

    private static StoreAccess embedded(RaftConfig raft) throws StartupException {
        try {
            if (raft.selfAddr().isEmpty()) {
                return new StoreAccess(Optional.empty(), RemoteStore.connect(raft.partnerAddrs(), raft.group(), raft.tls()));
            }
            RatisPeer peer = RatisPeer.start(raft, PeerOptions.standard());
            return new StoreAccess(Optional.of(peer), peer.store());
        } catch (TlsException e) {
            throw new StartupException("raft: " + e.getMessage(), e);
        } catch (RaftStartException e) {
            throw new StartupException(e.getMessage(), e);
        }
    }

    /** Why the store does not answer, as far as the own peer knows. */
    Optional<String> silence() {
        return peer.map(p -> p.status().explanation()).filter(text -> !text.isEmpty());
    }

    ReplicatedStore replicated() {
        return replicated;
    }

    /** Lets etcd's clients in, where this process has a peer of its own. */
    void openToEtcdClients(AgentConfig config) {
        adapter = peer.flatMap(p -> EtcdDoor.open(config.etcdAdapter(), config.raft().orElseThrow(), p, config.name()));
    }

    /**
     * Moves Raft leadership to another node while this one runs the primary, so that the loss of the node does not cost
     * an election as well. The peer refuses when that would do harm.
     */
    void keepRaftLeaderAway(BooleanSupplier primaryHere) {
        if (peer.isEmpty()) {
            return;
        }
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "raft-leadership");
            thread.setDaemon(true);
            return thread;
        });
        AtomicLong last = new AtomicLong(System.nanoTime() - BETWEEN_TRANSFERS.toNanos());
        clock.scheduleWithFixedDelay(() -> {
            if (System.nanoTime() - last.get() >= BETWEEN_TRANSFERS.toNanos() && primaryHere.getAsBoolean()
                    && peer.get().isRaftLeader()) {
                last.set(System.nanoTime());
                peer.get().transferLeadershipAway();
            }
        }, LOOK.toSeconds(), LOOK.toSeconds(), TimeUnit.SECONDS);
        timer = Optional.of(clock);
    }

    @Override
    public void close() {
        timer.ifPresent(ScheduledExecutorService::shutdownNow);
        adapter.ifPresent(EtcdDoor::close);
        replicated.close();
        peer.ifPresent(RatisPeer::close);
    }
}
