package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes peers into the group, on the Raft leader, one change at a time.
 *
 * <p>A peer that comes with a new identity under a known address has lost its disk; one may also say whose place it takes,
 * when its address changed. The old identity is removed first, and only when the address itself answers with the new one,
 * the old one has been silent, and those that remain are a majority without it: two peers that claim one address are an
 * error of configuration, not a replacement.
 */
final class Membership {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Duration CHANGE = Duration.ofSeconds(10);
    private static final Duration PROBE = Duration.ofSeconds(1);
    private static final long SILENT_MILLIS = 2_000;
    private static final Duration TURN = Duration.ofSeconds(6);
    private static final Duration TRANSFER = Duration.ofSeconds(2);
    private static final Duration BETWEEN_YIELDS = Duration.ofSeconds(10);

    private final EmbeddedServer server;
    private final PeerLinks links;
    private final String group;
    private final Expectations expectations;
    private final Executor executor;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicLong yieldedAt = new AtomicLong(System.nanoTime() - BETWEEN_YIELDS.toNanos());

    Membership(EmbeddedServer server, PeerLinks links, String group, Expectations expectations, Executor executor) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.expectations = expectations;
        this.executor = executor;
    }

    /** A peer that wants to be taken in. */
    record Applicant(UUID id, HostPort address, Optional<UUID> replaces, boolean listener) {

        byte[] encode() {
            WireOut out = new WireOut().uuid(id).address(address).flag(replaces.isPresent());
            replaces.ifPresent(out::uuid);
            return out.flag(listener).done();
        }

        static Applicant decode(WireIn in) {
            return new Applicant(in.uuid(), in.address(), in.flag() ? Optional.of(in.uuid()) : Optional.empty(), in.flag());
        }
    }

    /** Takes a peer in; the text is empty when it is a member now, otherwise what is in the way. */
    CompletableFuture<String> join(Applicant applicant) {
        if (!server.leading()) {
            return forward(applicant);
        }
        if (!busy.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture("another change of the group is under way");
        }
        try {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return joinNow(applicant);
                } finally {
                    busy.set(false);
                }
            }, executor);
        } catch (RejectedExecutionException e) {
            busy.set(false);
            return CompletableFuture.completedFuture("the Raft leader is overloaded");
        }
    }

    /**
     * Changes the group when no other change is under way, for which it waits a while.
     *
     * @throws IOException when it is not done; whether it comes into effect later is not known then
     */
    void change(UnaryOperator<Roster> next) throws IOException {
        long deadline = System.nanoTime() + TURN.toNanos();
        while (!busy.compareAndSet(false, true)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("a peer is being taken in");
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        try {
            Roster current = server.roster();
            server.change(current, next.apply(current), CHANGE);
        } finally {
            busy.set(false);
        }
    }

    private CompletableFuture<String> forward(Applicant applicant) {
        Optional<HostPort> leader = server.leader().filter(l -> !l.equals(server.address())
                && !l.equals(applicant.address()));
        if (leader.isEmpty()) {
            return CompletableFuture.completedFuture(leaderless());
        }
        return links.to(leader.get()).call(Rpc.JOIN, PeerEndpoint.frame(group, applicant.encode()), CHANGE.plusSeconds(1))
                .thenApply(b -> new WireIn(b).text()).exceptionally(RemoteTarget::why);
    }

    String leaderless() {
        int voters = server.peers().size();
        return "the group has no Raft leader at the moment. " + (voters / 2 + 1) + " of its " + voters + " voters ("
                + server.peers().stream().map(RaftPeer::getAddress).sorted().collect(Collectors.joining(", "))
                + ") must run with the storage they had: bring those back. If too many of them have lost it for good, stop"
                + " all agents, move raft.data_dir away on every node, and start them: the group forms anew, the data"
                + " directories of PostgreSQL stay as they are";
    }

    private String joinNow(Applicant applicant) {
        UUID id = applicant.id();
        HostPort address = applicant.address();
        try {
            List<RaftPeer> current = server.roster().all();
            for (RaftPeer peer : current) {
                boolean sameId = peer.getId().toString().equals(id.toString());
                boolean sameAddress = peer.getAddress().equals(address.toString());
                if (sameId && sameAddress) {
                    return "";
                }
                if (sameId) {
                    return "this identity is known at " + peer.getAddress() + ", not at " + address
                            + "; keep raft.self_addr, or move the data directory away to join as a new peer";
                }
            }
            UUID there = whoAnswersAt(address);
            if (!there.equals(id)) {
                return "another peer answers at " + address + "; if the configuration was copied from another node, give"
                        + " this node its own raft.self_addr";
            }
            for (RaftPeer peer : current) {
                boolean former = applicant.replaces().filter(r -> r.toString().equals(peer.getId().toString())).isPresent();
                if (former || peer.getAddress().equals(address.toString())) {
                    Optional<String> objection = remove(peer);
                    if (objection.isPresent()) {
                        return objection.get();
                    }
                }
            }
            return add(applicant);
        } catch (IOException e) {
            LOG.warn("Taking the peer at {} into the group failed: {}", address, e.getMessage());
            return String.valueOf(e.getMessage());
        }
    }

    private UUID whoAnswersAt(HostPort address) throws IOException {
        try {
            byte[] message = PeerEndpoint.frame(group, new byte[0]);
            return links.to(address).call(Rpc.HELLO, message, PROBE).thenApply(Hello::decode).join().id();
        } catch (java.util.concurrent.CompletionException e) {
            throw new IOException("the Raft leader cannot reach " + address + ": " + RemoteTarget.why(e), e);
        }
    }

    private Optional<String> remove(RaftPeer old) throws IOException {
        long silent = silentMillis(old);
        if (silent < SILENT_MILLIS) {
            return Optional.of("the former peer of this place answered " + silent + " ms ago");
        }
        Roster current = server.roster();
        Roster rest = current.without(old);
        long answering = rest.voters().stream().filter(p -> p.getId().toString().equals(server.id().toString())
                || silentMillis(p) < SILENT_MILLIS).count();
        if (current.hasVote(old) && !isMajority(answering, rest.voters().size())) {
            return Optional.of("only " + answering + " of the other " + rest.voters().size()
                    + " voters answer; the old identity can be removed when a majority of them does");
        }
        LOG.warn("The peer at {} was replaced: its old identity {} is removed from the group.", old.getAddress(),
                old.getId());
        server.change(current, rest, CHANGE);
        return Optional.empty();
    }

    private long silentMillis(RaftPeer peer) {
        return followers().map(f -> f.find(peer.getId().toString()).map(Followers.One::silentMillis).orElse(Long.MAX_VALUE))
                .orElse(0L);
    }

    private String add(Applicant applicant) throws IOException {
        Roster current = server.roster();
        RaftPeer peer = EmbeddedServer.peer(applicant.id(), applicant.address().toString());
        boolean listener = expectations.of(applicant.address()).orElse(applicant.listener());
        server.change(current, listener ? current.withListener(peer) : current.withVoter(peer), CHANGE);
        LOG.info("The peer at {} is a {} of the group '{}' now.", applicant.address(), listener ? "listener" : "member",
                group);
        expectations.forget(applicant.address());
        return "";
    }

    /** Gives the Raft leadership to the peer at an address; false when it does not lead afterwards. */
    CompletableFuture<Boolean> transferTo(HostPort address) {
        if (busy.get() || !server.leading()) {
            return CompletableFuture.completedFuture(false);
        }
        return server.peers().stream().filter(p -> p.getAddress().equals(address.toString())).findFirst()
                .map(p -> server.transferTo(p.getId(), TRANSFER))
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    /**
     * Gives the Raft leadership to another peer if that is harmless: all voters in contact, one of them up to date, no
     * change of the group under way.
     */
    CompletableFuture<Boolean> transferAway() {
        if (busy.get() || !server.leading()) {
            return CompletableFuture.completedFuture(false);
        }
        return followers().filter(f -> f.whole() && f.inContact() == f.voters().size()).flatMap(f -> f.best()
                .filter(best -> best.matched() + 2 >= f.commit())).map(this::transfer)
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    /** Gives the Raft leadership to the most up to date of the voters that answer, if there is one. */
    CompletableFuture<Boolean> transferToBest() {
        return followers().flatMap(Followers::best).map(this::transfer)
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    /**
     * Gives the Raft leadership away when commits wait for the disk of this peer alone: a majority of the others has on
     * disk what this one has not, and a leader commits nothing that it did not write itself. At most once in a while.
     */
    void yieldToFasterDisks() {
        long now = System.nanoTime();
        long last = yieldedAt.get();
        if (busy.get() || !server.leading() || now - last < BETWEEN_YIELDS.toNanos()) {
            return;
        }
        Optional<Followers> known = followers().filter(Followers::whole);
        long written = server.division().map(d -> d.getRaftLog().getFlushIndex()).orElse(Long.MAX_VALUE);
        Optional<Followers.One> ahead = known.filter(f -> isMajority(f.inContact(), f.voters().size() + 1)
                && isMajority(f.voters().stream().filter(v -> v.matched() > written).count(), f.voters().size() + 1))
                .flatMap(Followers::best);
        if (ahead.isEmpty() || !yieldedAt.compareAndSet(last, now)) {
            return;
        }
        LOG.warn("The disk of {} is slower than those of the others: the Raft leadership is handed on.", server.address());
        transfer(ahead.get()).thenAccept(moved -> LOG.info("The Raft leadership was {}handed on.", moved ? "" : "not "));
    }

    private Optional<Followers> followers() {
        return server.division().flatMap(d -> Followers.of(d, server.roster()));
    }

    private static boolean isMajority(long some, int all) {
        return 2 * some > all;
    }

    private CompletableFuture<Boolean> transfer(Followers.One to) {
        return server.transferTo(RaftPeerId.valueOf(to.id()), TRANSFER);
    }
}
