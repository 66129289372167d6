package io.matriarch.rest;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Tick;
import io.matriarch.loop.AgentControl;
import io.matriarch.loop.PeerProbe;
import io.matriarch.loop.StatusBoard;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** A member as the REST API sees it: one situation, a store that holds its cluster, and a list of what was asked of it. */
final class FakePorts implements Dcs, AgentControl, PeerProbe {

    static final Instant TODAY = Instant.parse("2024-06-01T12:00:00Z");

    final Situations.Node node;
    final StatusBoard board;
    final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    final Map<MemberName, PeerReport> answers = new HashMap<>();
    final AtomicReference<Tick> now = new AtomicReference<>(Situations.NOW);

    volatile boolean storeAnswers = true;
    /** How much time each read of the store takes. */
    volatile Duration readTakes = Duration.ZERO;
    volatile Supplier<WriteResult> writes = () -> new WriteResult.Applied(new Revision(101));
    volatile Runnable afterFailoverRequest = () -> { };
    volatile FailsafeAnswer failsafeAnswer = FailsafeAnswer.OFF;
    volatile CutReply cutReply = new CutReply(Optional.empty(), "not asked for");
    volatile Supplier<Reply> control = () -> new Reply(true, "");

    FakePorts(Situations.Node node) {
        this.node = node;
        this.board = new StatusBoard(node::lock);
        board.publish(node.status());
    }

    RestPorts ports() {
        return new RestPorts(board, now::get, () -> TODAY, this, this, this, "batman", "a", "4.1.4");
    }

    /** Makes the last change of the situation known. */
    void publish() {
        board.publish(node.status());
    }

    void pass(Duration time) {
        now.updateAndGet(t -> t.plus(time));
    }

    static PeerReport healthy() {
        return new PeerReport(Situations.NOW, true, PostgresRole.REPLICA, Situations.OPTIME, new Timeline(3), false, Map.of());
    }

    @Override
    public Optional<ClusterView> view(Duration maximumAge, Duration timeout) {
        pass(readTakes);
        synchronized (node) {
            return storeAnswers ? Optional.of(node.cluster.view()) : Optional.empty();
        }
    }

    @Override
    public WriteResult writeConfig(Map<String, Object> document, Optional<Revision> expected, Duration timeout) {
        calls.add("config " + document + " if " + expected);
        WriteResult result = writes.get();
        if (result.isApplied()) {
            synchronized (node) {
                node.cluster.config = document;
            }
        }
        return result;
    }

    @Override
    public WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                       Optional<String> scheduledAt, Duration timeout) {
        calls.add("failover from " + leader.map(MemberName::value) + " to " + candidate.map(MemberName::value));
        WriteResult result = writes.get();
        if (result.isApplied()) {
            synchronized (node) {
                node.cluster.revision = 101;
                node.cluster.failover = Optional.of(new FailoverRequest(leader, candidate, scheduledAt, new Revision(101)));
                afterFailoverRequest.run();
            }
        }
        return result;
    }

    @Override
    public WriteResult clearFailover(Revision expected, Duration timeout) {
        calls.add("clear failover " + expected);
        return writes.get();
    }

    @Override
    public void wake() {
        calls.add("wake");
    }

    @Override
    public void reload() {
        calls.add("reload");
    }

    @Override
    public Reply restart(Duration startTimeout, Duration patience) {
        calls.add("restart " + startTimeout.toSeconds());
        return control.get();
    }

    @Override
    public Reply reinitialize(boolean force, boolean fromLeader, Duration patience) {
        calls.add("reinitialize " + force + " " + fromLeader);
        return control.get();
    }

    @Override
    public FailsafeAnswer failsafe(MemberName leader) {
        calls.add("failsafe " + leader);
        return failsafeAnswer;
    }

    @Override
    public CutReply cut(OperatorIntent.CutRequest request, Duration patience) {
        calls.add("cut " + request.epoch().value() + " for " + request.asker());
        return cutReply;
    }

    @Override
    public java.util.function.Supplier<Map<MemberName, CutVote>> cut(Map<MemberName, String> apiUrls, OperatorIntent.CutRequest request, int needed,
                                        Duration patience) {
        throw notAsked();
    }

    @Override
    public Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                           Set<MemberName> welcome, Duration patience) {
        Map<MemberName, PeerReport> found = new HashMap<>(answers);
        found.keySet().retainAll(apiUrls.keySet());
        return found;
    }

    @Override
    public AutoCloseable onChange(Runnable hint) {
        return () -> { };
    }

    @Override
    public void close() {
        calls.add("close");
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Revision sync, Duration timeout) {
        throw notAsked();
    }

    @Override
    public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult releaseLock(LeaderLock mine, Optional<ClusterStatus> finalStatus, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    ClusterStatus finalStatus, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    Bequest bequest, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult publishMember(MemberName me, MemberRecord record, LeaseId session, Duration ttl, Duration timeout) {
        throw notAsked();
    }

    @Override
    public CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult removeMember(MemberName me, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult claimInitialize(LeaseId session, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult writeInitialize(String systemIdentifier, boolean ifAbsent, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult withdrawInitialize(Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult writeStatus(LeaderLock mine, ClusterStatus status, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult writeHistory(LeaderLock mine, TimelineHistory history, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult writeSync(LeaderLock mine, SyncState sync, Revision expected, Duration timeout) {
        throw notAsked();
    }

    @Override
    public WriteResult deleteSync(LeaderLock mine, Revision expected, Duration timeout) {
        throw notAsked();
    }

    private static AssertionError notAsked() {
        return new AssertionError("the REST API has no business here");
    }
}
