package io.matriarch.agent;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.config.AgentConfig;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.LeaseRenewals;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.Tick;
import io.matriarch.loop.LeaderLockKeeper;
import io.matriarch.loop.Ticker;
import io.matriarch.postgres.LocalPostgres;
import io.matriarch.raft.RemoteStore;
import io.matriarch.tls.TlsException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the lock of a primary that outlived its agent while the new agent still starts: its own peer takes longer than
 * what is left of the lease. The renewals go through the peers of other members.
 *
 * <p>The lock is this member's if the store says so and the guard of the running PostgreSQL watches it under the epoch of
 * that very lock. A thread of its own works from {@link #begin} until the loop takes over or the start fails; renewals end
 * with it, or after ten seconds, and then the guard does its work.
 */
final class FirstRenewal implements LeaseRenewals, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FirstRenewal.class);
    private static final Duration HEAD_START = Duration.ofMillis(1200);
    private static final Duration START = Duration.ofSeconds(10);
    /** The first answer takes longer than any later one: all that it needs is loaded and connected meanwhile. */
    private static final Duration ANSWER = Duration.ofMillis(900);
    private static final Duration RECENT = Duration.ofSeconds(2);
    private static final int TRIES = 4;
    private static final int REHEARSALS = 20;
    private static final long LONGEST_SLEEP_MILLIS = 50;

    private record Local(LocalPostgres postgres, LeaderLockKeeper keeper) {
    }

    private final long began = System.nanoTime();
    private final CompletableFuture<Local> local = new CompletableFuture<>();
    private volatile LeaseRenewals target;
    private final CountDownLatch ahead = new CountDownLatch(1);
    private volatile boolean ended;
    private Thread thread;

    /** Asks partners for the lock in the background, where there may be one to keep; returns at once. */
    void begin(AgentConfig config) {
        Optional<RaftConfig> raft = config.raft().filter(r -> r.selfAddr().isPresent() && !r.partnerAddrs().isEmpty());
        if (raft.isEmpty()) {
            return;
        }
        thread = new Thread(() -> {
            try {
                keep(config, raft.get());
            } finally {
                ahead.countDown();
            }
        }, "first-renewal");
        thread.setDaemon(true);
        thread.setPriority(Thread.MAX_PRIORITY);
        thread.start();
    }

    /** The server has been looked at: now it is known whether there is a lock to keep. */
    void attach(LocalPostgres postgres, LeaderLockKeeper keeper) {
        if (!postgres.isGuarded() || !postgres.isRunning()) {
            ended = true;
            ahead.countDown();
        }
        local.complete(new Local(postgres, keeper));
    }

    /**
     * Goes the way of a first renewal with a lease that does not exist, through the peer of this process: for the record of
     * classes, since the way is new to every process that needs it in a hurry.
     */
    static void rehearse(AgentConfig config) {
        RaftConfig raft = config.raft().orElseThrow();
        try (RemoteStore store = RemoteStore.connect(List.of(raft.selfAddr().orElseThrow()), raft.group(), raft.tls());
             Dcs partners = new StoreDcs(store, ClusterKeys.of(config.namespace(), config.scope()))) {
            boolean seen = false;
            for (int i = 0; i < REHEARSALS && !seen; i++) {
                seen = partners.view(RECENT, ANSWER).isPresent();
            }
            WriteResult refused = partners.renewLock(new LeaseId(1), new Lsn(0), raft.leaderLease(), ANSWER).join();
            LOG.info("rehearsed the first renewal: {}, {}", seen, refused);
        } catch (TlsException e) {
            LOG.warn("the first renewal cannot be rehearsed: {}", e.getMessage());
        }
    }

    /**
     * Leaves the processors to the first renewal: returns when it is through, or there is nothing to renew, or it has had
     * its time.
     */
    void awaitHeadStart() {
        if (thread == null) {
            return;
        }
        try {
            if (!ahead.await(HEAD_START.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("the first renewal takes longer than {} ms", HEAD_START.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** To reach the partners takes as long as to look at the server, so both go on at the same time. */
    private void keep(AgentConfig config, RaftConfig raft) {
        RemoteStore store;
        try {
            store = RemoteStore.connect(raft.partnerAddrs(), raft.group(), raft.tls());
        } catch (TlsException e) {
            LOG.warn("the leader lock cannot be kept through the partners: {}", e.getMessage());
            return;
        }
        try (Dcs partners = new StoreDcs(store, ClusterKeys.of(config.namespace(), config.scope()))) {
            Optional<LeaderLock> lock = find(partners, new MemberName(config.name()));
            Local here = local.get(START.toMillis(), TimeUnit.MILLISECONDS);
            if (lock.isPresent() && !ended && here.postgres.isWatchedUnder(lock.get().epoch()) && lead(partners)) {
                renew(lock.get(), raft.leaderLease(), here.postgres, here.keeper);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("this process did not get as far as its server", e);
        }
    }

    private Optional<LeaderLock> find(Dcs partners, MemberName me) {
        for (int i = 0; i < TRIES && !ended; i++) {
            Optional<ClusterView> view = partners.view(RECENT, ANSWER);
            if (view.isPresent()) {
                return view.get().leader().filter(lock -> lock.holder().equals(me));
            }
        }
        return Optional.empty();
    }

    private void renew(LeaderLock lock, Duration lease, LocalPostgres postgres, LeaderLockKeeper keeper) {
        Ticker ticker = Ticker.system();
        Tick until = ticker.now().plus(START);
        AtomicBoolean first = new AtomicBoolean(true);
        keeper.onProof((held, deadline) -> {
            postgres.feed(held, deadline);
            ahead.countDown();
            if (first.compareAndSet(true, false)) {
                LOG.info("first renewal of the leader lock {} ms after the configuration was read",
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
        });
        keeper.permit(until);
        keeper.adopt(lock, ticker.now(), lease);
        if (!postgres.arm(lock.lease(), lock.epoch())) {
            return;
        }
        LOG.info("renewing the leader lock of the running primary while the agent starts");
        while (!ended && ticker.now().isBefore(until)) {
            Tick next = keeper.poll(ticker.now());
            try {
                Thread.sleep(Math.max(1, Math.min(LONGEST_SLEEP_MILLIS, next.since(ticker.now()).toMillis())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private synchronized boolean lead(LeaseRenewals partners) {
        boolean first = target == null;
        target = first ? partners : target;
        return first;
    }

    /** From now on renewals go this way. */
    synchronized void handOver(LeaseRenewals own) {
        target = own;
    }

    @Override
    public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout) {
        LeaseRenewals way = target;
        return way == null ? notYet() : way.renewLock(lease, flushed, duration, timeout);
    }

    @Override
    public CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout) {
        LeaseRenewals way = target;
        return way == null ? notYet() : way.renewSession(session, ttl, timeout);
    }

    @Override
    public Duration lasts(LeaseId lease, Duration asked) {
        LeaseRenewals way = target;
        return way == null ? asked : way.lasts(lease, asked);
    }

    private static CompletableFuture<WriteResult> notYet() {
        return CompletableFuture.completedFuture(new WriteResult.Unknown("the store is not there yet"));
    }

    /** Ends the thread of the beginning; the way of the renewals stays. */
    @Override
    public void close() {
        ended = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
