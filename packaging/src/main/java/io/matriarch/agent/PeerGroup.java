package io.matriarch.agent;

import io.matriarch.config.HostPort;
import io.matriarch.etcdapi.StoreGroup;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.raft.RatisPeer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The consensus group in etcd's terms. The identity of a member comes from its address and the name of the group, that
 * of the cluster from the name alone, so that all members know both, whatever happens to the membership.
 */
public final class PeerGroup implements StoreGroup {

    /** Asking the peer costs more than answering a client; what is a little old does no harm. */
    private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

    private record Seen(Facts facts, long at) {
    }

    private final RatisPeer peer;
    private final String group;
    private final LongSupplier nanoTime;
    private volatile Seen seen;
    private long highestTerm;

    public PeerGroup(RatisPeer peer, String group) {
        this(peer, group, System::nanoTime);
    }

    private PeerGroup(RatisPeer peer, String group, LongSupplier nanoTime) {
        this.peer = peer;
        this.group = group;
        this.nanoTime = nanoTime;
    }

    @Override
    public Facts facts() {
        long now = nanoTime.getAsLong();
        Seen known = seen;
        if (known == null || now - known.at > FRESH_NANOS) {
            known = new Seen(ask(), now);
            seen = known;
        }
        return known.facts;
    }

    private synchronized Facts ask() {
        GroupStatus status = peer.status();
        PeerStatus own = status.peers().stream().filter(PeerStatus::self).findFirst().orElseThrow();
        long leader = status.peers().stream().filter(PeerStatus::raftLeader).findFirst()
                .map(p -> memberId(p.address())).orElse(0L);
        highestTerm = Math.max(highestTerm, own.term());
        List<Member> members = status.peers().stream().map(p -> new Member(memberId(p.address()), url(p.address()),
                p.address().toString(), false)).toList();
        return new Facts(clusterId(), memberId(own.address()), leader, highestTerm, Math.max(0, own.commitIndex()),
                Math.max(0, own.appliedIndex()), members);
    }

    @Override
    public CompletableFuture<Boolean> moveLeader(long memberId, Duration timeout) {
        return peer.status().peers().stream().filter(p -> memberId(p.address()) == memberId).findFirst()
                .map(p -> peer.transferLeadership(p.address()))
                .orElseGet(() -> CompletableFuture.completedFuture(false))
                .completeOnTimeout(false, timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    private static String url(HostPort address) {
        return "http://" + address;
    }

    private long memberId(HostPort address) {
        return digest(url(address) + group);
    }

    private long clusterId() {
        return digest("cluster " + group);
    }

    /** The first eight bytes of a SHA-1, as etcd makes its identities; never 0. */
    private static long digest(String text) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            long id = ByteBuffer.wrap(sum).getLong();
            return id == 0 ? 1 : id;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
