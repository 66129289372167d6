package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.dcs.LocalState;
import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consensus peer inside this process: one voter of the group, and the store that the group replicates.
 *
 * <p>A peer with an empty data directory forms the group together with the partners it lists, or joins the one they
 * form already; that goes on in the background, see {@link #status}. Threads: any.
 */
public final class RatisPeer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RatisPeer.class);

    private static final long TRANSFER_MILLIS = 1_000;

    private final RaftConfig config;
    private final PeerDirectory directory;
    private final Threads threads = new Threads();
    private final Optional<PeerSecurity> security;
    private final PeerLinks links;
    private final WatchHub watches = new WatchHub(threads.watches());
    private final AppliedState state = new AppliedState(StoreMachine.emptyStore(), watches::changed);
    private final LeaseClock leases = new LeaseClock();
    private final Age age = new Age(System::nanoTime);
    private final AtomicLong bytesSinceSnapshot = new AtomicLong();
    private final PeerRoute route;
    private final Proposer proposer;
    private final EmbeddedStore store;
    private final CurrentReads reads;
    private final CommitSpread spread;
    private final LeaseExpirer expirer;
    private final Expectations expectations;
    private final PeerEndpoint endpoint;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile EmbeddedServer server;
    private volatile Formation formation;
    private Membership membership;
    private volatile Administration administration;
    private volatile LeaveOfAbsence absence;
    private volatile Lookout lookout;

    /**
     * Why a peer takes part no more.
     *
     * @param sentence       for an operator, with the way out
     * @param curedByRestart a new start of the process puts it right
     */
    public record End(String sentence, boolean curedByRestart) {
    }

    private RatisPeer(RaftConfig config, PeerDirectory directory, Optional<PeerSecurity> security) {
        this.config = config;
        this.directory = directory;
        this.security = security;
        this.links = new PeerLinks(threads.replies(), security);
        this.endpoint = new PeerEndpoint(config.group(), directory.record().id());
        watches.attach(state);
        this.route = new PeerRoute(() -> Optional.ofNullable(server), links, config.group(), config.partnerAddrs());
        this.proposer = new Proposer(route, threads.timer(), threads.replies());
        RemoteReads others = new RemoteReads(links, config.group(), route::others, threads.timer(),
                new Age(System::nanoTime));
        this.store = new EmbeddedStore(state, watches, proposer, others, threads.replies());
        this.expectations = new Expectations(state, store::propose);
        this.reads = new CurrentReads(new LeaderReads(() -> Optional.ofNullable(server), links, config.group(), store));
        this.spread = new CommitSpread(() -> Optional.ofNullable(server), threads.timer(), threads.submit());
        this.expirer = new LeaseExpirer(leases, () -> server != null && server.leading(), this::expire,
                System::nanoTime);
    }

    /**
     * Starts the peer and returns; it listens from then on. Storage that must not be used is moved aside, and the peer
     * joins as a new one, if the others are a healthy group without it.
     *
     * @throws RaftStartException when it cannot, with the cause and the way out
     */
    public static RatisPeer start(RaftConfig config, PeerOptions options) throws RaftStartException {
        HostPort address = config.selfAddr().orElseThrow(() -> new RaftStartException(
                "raft.self_addr is not set: a peer needs an address at which its partners reach it."));
        try {
            return startWith(config, address, options);
        } catch (DamagedStorageException damage) {
            new Replacement(config, address, damage).prepare(options.clock());
            return startWith(config, address, options);
        }
    }

    private static RatisPeer startWith(RaftConfig config, HostPort address, PeerOptions options)
            throws RaftStartException {
        Optional<PeerSecurity> security = PeerSecurity.ofPeer(config);
        security.flatMap(s -> s.mismatch(address)).ifPresent(text -> LOG.error("raft: {}", text));
        RatisPeer peer;
        try {
            peer = new RatisPeer(config, PeerDirectory.open(config.dataDir()), security);
        } catch (RaftStartException | RuntimeException e) {
            security.ifPresent(PeerSecurity::close);
            throw e;
        }
        try {
            peer.open(address, options);
            return peer;
        } catch (RaftStartException | RuntimeException e) {
            peer.close();
            throw e;
        }
    }

    private void open(HostPort address, PeerOptions options) throws RaftStartException {
        HostPort bind = config.bindAddr().orElse(address);
        reside(address, bind);
        PeerDirectory.Record record = directory.record();
        RaftGroupId groupId = RaftGroupId.valueOf(PeerEndpoint.groupId(config.group()));
        DiskSpace space = spaceOf(directory.root());
        boolean takesPart = record.stage() != Stage.REMOVED && space.look() != DiskSpace.Level.EXHAUSTED;
        showLog(record, groupId, takesPart);
        LeaseNotes notes = new LeaseNotes(leases, System::nanoTime);
        StoreMachine.Signals signals = signals();
        EmbeddedServer.Parts parts = new EmbeddedServer.Parts(record.id(), groupId, address,
                bind, () -> new StoreMachine(state, notes, endpoint.arrivals(), options.clock(), signals), endpoint, security);
        Optional<RaftGroup> initial = takesPart ? initialGroup(record, groupId) : Optional.empty();
        server = EmbeddedServer.start(parts, initial, directory, options, threads.submit());
        security.ifPresent(s -> s.membersFrom(() -> Stream.concat(expectations.all().keySet().stream(),
                server.roster().all().stream().map(p -> HostPort.parse(p.getAddress(), 0))).toList()));
        if (initial.isPresent() && !record.started()) {
            markStarted(record);
        }
        formation = new Formation(directory, server, links, config);
        membership = new Membership(server, links, config.group(), expectations, threads.submit());
        administration = new Administration(server, links, config.group(), membership, expectations);
        server.whenSlow(() -> CompletableFuture.runAsync(membership::yieldToFasterDisks, threads.replies()));
        lookout = new Lookout(server, formation, membership, directory,
                new Standing(server, links, config.group(), route::others), space);
        PeerCalls calls = new PeerCalls(server, new PeerCalls.Group(formation, membership, administration), store, watches,
                threads.submit());
        calls.statusFrom(this::status);
        endpoint.attach(calls);
        store.ageFrom(() -> age.get(server));
        lookout.start(threads.timer(), threads.submit());
        expirer.start();
        formation.start();
        absence = new LeaveOfAbsence(server, administration, expectations);
        absence.start(threads.timer());
        LOG.info("Raft peer {} of the group '{}' listens on {}.", record.id(), config.group(), parts.bind());
    }

    private static Optional<RaftGroup> initialGroup(PeerDirectory.Record record, RaftGroupId groupId) {
        return switch (record.stage()) {
            case EMPTY, ACCEPTED, REMOVED -> Optional.empty();
            case JOINING, FORMED -> Optional.of(RaftGroup.valueOf(groupId, Formation.firstPeers(record)));
        };
    }

    private static DiskSpace spaceOf(Path root) throws RaftStartException {
        try {
            return new DiskSpace(root);
        } catch (IOException e) {
            throw new RaftStartException("Cannot measure the disk of the Raft data directory " + root + ": " + e, e);
        }
    }

    /** Makes sure that this storage and this address belong together, and to nobody else. */
    private void reside(HostPort address, HostPort bind) throws RaftStartException {
        AddressCheck check = new AddressCheck(links, config.group());
        check.requireNobodyAt(address, bind, directory);
        Optional<DamagedStorageException> moved = check.moved(directory, address);
        if (moved.isPresent() && !config.partnerAddrs().isEmpty()) {
            throw moved.get();
        }
        try {
            directory.resideAt(address.toString());
        } catch (IOException e) {
            throw new RaftStartException("Cannot write to the Raft data directory " + directory.root() + ": " + e, e);
        }
    }

    private void showLog(PeerDirectory.Record record, RaftGroupId groupId, boolean shown) throws RaftStartException {
        try {
            directory.hideLog(groupId.getUuid(), false);
            requireLog(record, groupId);
            directory.hideLog(groupId.getUuid(), !shown);
        } catch (IOException e) {
            throw new RaftStartException("Cannot write to the Raft data directory " + directory.root() + ": " + e, e);
        }
    }

    private void requireLog(PeerDirectory.Record record, RaftGroupId groupId) throws RaftStartException {
        boolean there = Files.exists(directory.storage().resolve(groupId.getUuid().toString()).resolve("current")
                .resolve("raft-meta"));
        if (record.started() && record.stage() != Stage.REMOVED && !there) {
            throw new DamagedStorageException(Optional.of(record.id()), "The Raft log in " + directory.storage() + " of the group '" + config.group()
                    + "' is gone, so this peer has forgotten its votes. If raft.group was changed, change it back; "
                    + "otherwise move " + directory.root() + " away: the peer then joins as a new one.");
        }
    }

    private void markStarted(PeerDirectory.Record record) throws RaftStartException {
        try {
            directory.save(record.withStarted());
        } catch (IOException e) {
            throw new RaftStartException("Cannot write to the Raft data directory " + directory.root() + ": " + e, e);
        }
    }

    private StoreMachine.Signals signals() {
        return new StoreMachine.Signals() {
            @Override
            public void leaderChanged() {
                expirer.wake();
            }

            @Override
            public void applied(long index, long bytes) {
                if (server != null) {
                    age.applied(server, index);
                }
                if (bytesSinceSnapshot.addAndGet(bytes) > RatisSettings.SNAPSHOT_BYTES) {
                    bytesSinceSnapshot.set(0);
                    threads.submit().execute(() -> server.requestSnapshot());
                }
            }

            @Override
            public void awaitedElsewhere() {
                spread.wanted();
            }

            @Override
            public void snapshotTaken() {
                bytesSinceSnapshot.set(0);
            }

            @Override
            public void logFailed() {
                if (lookout != null) {
                    lookout.lookNow();
                }
            }
        };
    }

    private void expire(Command.LeaseExpire command) {
        LOG.info("Lease {} has run out.", Long.toHexString(command.id()));
        store.propose(command, Duration.ofMillis(500));
    }

    /** The store, read from this peer. Closing it closes the peer's part of the store only. */
    public ReplicatedStore store() {
        return store;
    }

    /** What this peer has applied. */
    public LocalState localState() {
        return new PeerState(state, store, reads, leases);
    }

    /** Whether this peer leads the group and may be asked for anything. */
    public boolean isRaftLeader() {
        return server.leading();
    }

    /**
     * Changes the group, through the Raft leader.
     *
     * @param planOnly say what would come of it, and change nothing
     * @return what came of it; a refusal is an answer, the future does not fail. When the Raft leader
     *         falls silent it is not known whether the change was made
     */
    public CompletableFuture<ChangeReport> change(GroupChange change, boolean planOnly) {
        return administration.order(new GroupChange.Order(change, planOnly));
    }

    /** What this peer knows of the group at this moment. */
    public GroupStatus status() {
        Progress progress = formation.progress();
        String trouble = lookout.trouble();
        return StatusReport.of(config.group(), server, trouble.isEmpty() ? progress
                : new Progress(progress.formation(), progress.missing(), trouble), expectations.all());
    }

    /** Completes when this peer takes part no more; the store still answers, through the others. */
    public CompletableFuture<End> ended() {
        return lookout.ended();
    }

    /** For tests that look at it. */
    Formation formation() {
        return formation;
    }

    /** The server inside, for tests that break it. */
    EmbeddedServer server() {
        return server;
    }

    /**
     * Gives the Raft leadership to another peer if that is harmless.
     *
     * @return whether another peer leads now; false at once when this one does not lead, or a voter is not in contact,
     *         or none is up to date, or the group is being changed
     */
    public CompletableFuture<Boolean> transferLeadershipAway() {
        return membership.transferAway();
    }

    /**
     * Gives the Raft leadership to the peer at an address.
     *
     * @return whether it leads now; false at once when this peer does not lead, or no voter has that address
     */
    public CompletableFuture<Boolean> transferLeadership(HostPort to) {
        return membership.transferTo(to);
    }

    /** Hands the Raft leadership over first, so that the others need no election. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (absence != null) {
            if (config.part().leavesOnStop()) {
                absence.leave();
            }
            absence.close();
        }
        if (membership != null) {
            membership.transferAway().completeOnTimeout(false, TRANSFER_MILLIS, TimeUnit.MILLISECONDS).join();
        }
        expirer.close();
        store.close();
        if (formation != null) {
            formation.close();
        }
        if (lookout != null) {
            lookout.close();
        }
        try {
            if (server != null) {
                server.close();
            }
            directory.close();
        } catch (IOException e) {
            LOG.warn("The Raft peer did not close cleanly: {}", e.toString());
        }
        links.close();
        threads.close();
    }
}
