package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
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
    private static final long TRANSFER_CONTACT_MILLIS = 600;
    private static final Duration TRANSFER = Duration.ofSeconds(2);
    private static final Duration BETWEEN_YIELDS = Duration.ofSeconds(10);

    private final EmbeddedServer server;
    private final PeerLinks links;
    private final String group;
    private final Executor executor;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicLong yieldedAt = new AtomicLong(System.nanoTime() - BETWEEN_YIELDS.toNanos());

    Membership(EmbeddedServer server, PeerLinks links, String group, Executor executor) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.executor = executor;
    }

    /** Takes a peer in; the text is empty when it is a member now, otherwise what is in the way. */
    CompletableFuture<String> join(UUID id, HostPort address, Optional<UUID> replaces) {
        if (!server.leading()) {
            return forward(id, address, replaces);
        }
        if (!busy.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture("another change of the group is under way");
        }
        try {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return joinNow(id, address, replaces);
                } finally {
                    busy.set(false);
                }
            }, executor);
        } catch (RejectedExecutionException e) {
            busy.set(false);
            return CompletableFuture.completedFuture("the Raft leader is overloaded");
        }
    }

    private CompletableFuture<String> forward(UUID id, HostPort address, Optional<UUID> replaces) {
        Optional<HostPort> leader = server.leader().filter(l -> !l.equals(server.address()) && !l.equals(address));
        if (leader.isEmpty()) {
            return CompletableFuture.completedFuture(leaderless());
        }
        WireOut request = new WireOut().uuid(id).address(address);
        replaces.ifPresent(request::uuid);
        return links.to(leader.get()).call(Rpc.JOIN, PeerEndpoint.frame(group, request.done()), CHANGE.plusSeconds(1))
                .thenApply(b -> new WireIn(b).text()).exceptionally(RemoteTarget::why);
    }

    private String leaderless() {
        int voters = server.peers().size();
        return "the group has no Raft leader at the moment. " + (voters / 2 + 1) + " of its " + voters + " voters ("
                + server.peers().stream().map(RaftPeer::getAddress).sorted().collect(Collectors.joining(", "))
                + ") must run with the storage they had: bring those back. If too many of them have lost it for good, stop"
                + " all agents, move raft.data_dir away on every node, and start them: the group forms anew, the data"
                + " directories of PostgreSQL stay as they are";
    }

    private String joinNow(UUID id, HostPort address, Optional<UUID> replaces) {
        try {
            List<RaftPeer> current = server.peers();
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
                boolean former = replaces.filter(r -> r.toString().equals(peer.getId().toString())).isPresent();
                if (former || peer.getAddress().equals(address.toString())) {
                    Optional<String> objection = remove(peer);
                    if (objection.isPresent()) {
                        return objection.get();
                    }
                }
            }
            return add(id, address);
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
        List<RaftPeer> current = server.peers();
        List<RaftPeer> rest = current.stream().filter(p -> !p.getId().equals(old.getId())).toList();
        long answering = rest.stream().filter(p -> p.getId().toString().equals(server.id().toString())
                || silentMillis(p) < SILENT_MILLIS).count();
        if (!isMajority(answering, rest.size())) {
            return Optional.of("only " + answering + " of the other " + rest.size()
                    + " voters answer; the old identity can be removed when a majority of them does");
        }
        LOG.warn("The peer at {} was replaced: its old identity {} is removed from the group.", old.getAddress(),
                old.getId());
        server.changePeers(current, rest, CHANGE);
        return Optional.empty();
    }

    private long silentMillis(RaftPeer peer) {
        return server.division().map(d -> d.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .filter(f -> f.getId().getId().toStringUtf8().equals(peer.getId().toString()))
                .mapToLong(ServerRpcProto::getLastRpcElapsedTimeMs).findFirst().orElse(Long.MAX_VALUE)).orElse(0L);
    }

    private String add(UUID id, HostPort address) throws IOException {
        List<RaftPeer> current = server.peers();
        List<RaftPeer> next = new ArrayList<>(current);
        next.add(EmbeddedServer.peer(id, address.toString()));
        server.changePeers(current, next, CHANGE);
        LOG.info("The peer at {} is a member of the group '{}' now.", address, group);
        return "";
    }

    /** Gives the Raft leadership to the peer at an address; false when it does not lead afterwards. */
    CompletableFuture<Boolean> transferTo(HostPort address) {
        if (busy.get() || !server.leading()) {
            return CompletableFuture.completedFuture(false);
        }
        return server.division().flatMap(d -> d.getRaftConf().getCurrentPeers().stream()
                .filter(p -> p.getAddress().equals(address.toString())).findFirst())
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
        return server.division().flatMap(d -> {
            List<ServerRpcProto> followers = followers(d);
            long[] matched = d.getInfo().getFollowerMatchIndices();
            boolean harmless = inContact(followers) == followers.size();
            if (!harmless || !isWhole(d, followers, matched)
                    || matched[best(matched)] + 2 < d.getRaftLog().getLastCommittedIndex()) {
                return Optional.<CompletableFuture<Boolean>>empty();
            }
            return transfer(d, followers.get(best(matched)));
        }).orElseGet(() -> CompletableFuture.completedFuture(false));
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
        server.division().ifPresent(d -> {
            List<ServerRpcProto> followers = followers(d);
            long[] matched = d.getInfo().getFollowerMatchIndices();
            long written = d.getRaftLog().getFlushIndex();
            if (!isWhole(d, followers, matched) || !isMajority(inContact(followers), followers.size() + 1)
                    || !isMajority(Arrays.stream(matched).filter(m -> m > written).count(), followers.size() + 1)
                    || !yieldedAt.compareAndSet(last, now)) {
                return;
            }
            LOG.warn("The disk of {} is slower than those of the others: the Raft leadership is handed on.",
                    server.address());
            transfer(d, followers.get(best(matched))).ifPresent(done -> done.thenAccept(moved ->
                    LOG.info("The Raft leadership was {}handed on.", moved ? "" : "not ")));
        });
    }

    private static List<ServerRpcProto> followers(RaftServer.Division division) {
        return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
    }

    /** The account of the followers is complete. */
    private static boolean isWhole(RaftServer.Division division, List<ServerRpcProto> followers, long[] matched) {
        return !followers.isEmpty() && matched != null && matched.length == followers.size()
                && followers.size() + 1 == division.getRaftConf().getAllPeers().size();
    }

    private static long inContact(List<ServerRpcProto> followers) {
        return followers.stream().filter(f -> f.getLastRpcElapsedTimeMs() <= TRANSFER_CONTACT_MILLIS).count();
    }

    private static boolean isMajority(long some, int all) {
        return 2 * some > all;
    }

    private static int best(long[] matched) {
        int best = 0;
        for (int i = 1; i < matched.length; i++) {
            best = matched[i] > matched[best] ? i : best;
        }
        return best;
    }

    private Optional<CompletableFuture<Boolean>> transfer(RaftServer.Division division, ServerRpcProto follower) {
        String target = follower.getId().getId().toStringUtf8();
        return division.getRaftConf().getAllPeers().stream().filter(p -> p.getId().toString().equals(target)).findFirst()
                .map(p -> server.transferTo(p.getId(), TRANSFER));
    }
}
