package io.matriarch.agent;

import io.matriarch.config.HostPort;
import io.matriarch.etcdapi.StoreGroup;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupChange;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.GroupStatus.Part;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.raft.RatisPeer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The consensus group in etcd's terms. The identity of a member comes from its address and the name of the group, that
 * of the cluster from the name alone, so that all members know both, whatever happens to the membership.
 */
public final class PeerGroup implements StoreGroup {

    /** Asking the peer costs more than answering a client; what is a little old does no harm. */
    private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

    private static final int BUSY_TRIES = 20;
    private static final long BUSY_MILLIS = 100;

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
                isExpected(p) ? "" : p.address().toString(),
                p.part() == Part.LISTENER || p.part() == Part.EXPECTED_LISTENER)).toList();
        return new Facts(clusterId(), memberId(own.address()), leader, highestTerm, Math.max(0, own.commitIndex()),
                Math.max(0, own.appliedIndex()), members);
    }

    @Override
    public CompletableFuture<Boolean> moveLeader(long memberId, Duration timeout) {
        return peer.status().peers().stream().filter(p -> memberId(p.address()) == memberId).findFirst()
                .map(p -> peer.transferLeadership(p.address()))
                .orElseGet(() -> CompletableFuture.completedFuture(false))
                .completeOnTimeout(false, timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static boolean isExpected(PeerStatus peer) {
        return peer.part() == Part.EXPECTED || peer.part() == Part.EXPECTED_LISTENER;
    }

    @Override
    public CompletableFuture<Change> expect(String peerUrl, boolean learner) {
        return address(peerUrl).map(a -> change(new GroupChange.Expect(a, learner), BUSY_TRIES))
                .orElseGet(() -> CompletableFuture.completedFuture(Change.NOT_POSSIBLE));
    }

    @Override
    public CompletableFuture<Change> remove(long memberId) {
        return of(memberId, p -> change(new GroupChange.Remove(p.address()), BUSY_TRIES));
    }

    @Override
    public CompletableFuture<Change> promote(long memberId) {
        return of(memberId, p -> isExpected(p) ? CompletableFuture.completedFuture(p.part() == Part.EXPECTED_LISTENER
                ? Change.LEARNER_BEHIND : Change.NOT_A_LEARNER) : change(new GroupChange.Promote(p.address()), BUSY_TRIES));
    }

    @Override
    public CompletableFuture<Change> update(long memberId, String peerUrl) {
        Optional<HostPort> address = address(peerUrl);
        return of(memberId, p -> {
            if (address.isEmpty() || address.get().equals(p.address()) || !isExpected(p)) {
                return CompletableFuture.completedFuture(address.filter(p.address()::equals).isPresent() ? Change.DONE
                        : Change.NOT_POSSIBLE);
            }
            return change(new GroupChange.Expect(address.get(), p.part() == Part.EXPECTED_LISTENER), BUSY_TRIES)
                    .thenCompose(added -> added == Change.DONE ? change(new GroupChange.Remove(p.address()), BUSY_TRIES)
                            : CompletableFuture.completedFuture(added));
        });
    }

    @Override
    public OptionalLong idAt(String peerUrl) {
        return address(peerUrl).map(a -> OptionalLong.of(memberId(a))).orElse(OptionalLong.empty());
    }

    private static Optional<HostPort> address(String url) {
        return EtcdFlags.address(url);
    }

    private CompletableFuture<Change> of(long memberId, Function<PeerStatus, CompletableFuture<Change>> change) {
        return peer.status().peers().stream().filter(p -> memberId(p.address()) == memberId).findFirst().map(change)
                .orElseGet(() -> CompletableFuture.completedFuture(Change.UNKNOWN_MEMBER));
    }

    /** etcd has changes wait for each other, the group refuses the second: it is tried again for a while. */
    private CompletableFuture<Change> change(GroupChange change, int tries) {
        return peer.change(change, false).thenCompose(report -> {
            seen = null;
            if (report.kind() == ChangeReport.Refusal.BUSY && tries > 0) {
                return CompletableFuture.supplyAsync(() -> change(change, tries - 1),
                        CompletableFuture.delayedExecutor(BUSY_MILLIS, TimeUnit.MILLISECONDS)).thenCompose(c -> c);
            }
            return CompletableFuture.completedFuture(switch (report.kind()) {
                case NONE -> Change.DONE;
                case UNKNOWN_PEER -> Change.UNKNOWN_MEMBER;
                case KNOWN_PEER -> Change.KNOWN_URL;
                case QUORUM -> Change.TOO_FEW;
                case NOT_A_LISTENER -> Change.NOT_A_LEARNER;
                case BEHIND, UNREACHABLE -> Change.LEARNER_BEHIND;
                case BUSY -> Change.BUSY;
                case NO_LEADER -> Change.NO_LEADER;
                case FAILED -> Change.UNKNOWN;
            });
        });
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
