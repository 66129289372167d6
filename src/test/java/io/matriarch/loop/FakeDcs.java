package io.matriarch.loop;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A store that does what a test says: writes end as {@link #result}, renewals when the test completes them. */
final class FakeDcs implements Dcs {

    final List<String> calls = new ArrayList<>();
    final List<CompletableFuture<WriteResult>> renewals = new ArrayList<>();
    final List<CompletableFuture<WriteResult>> sessionRenewals = new ArrayList<>();
    final List<MemberRecord> published = new ArrayList<>();
    Optional<ClusterView> view = Optional.empty();
    WriteResult result = new WriteResult.Applied(new Revision(20));
    Runnable afterWrite = () -> { };

    static WriteResult applied() {
        return new WriteResult.Applied(new Revision(20));
    }

    static WriteResult unknown() {
        return new WriteResult.Unknown("no answer");
    }

    static WriteResult rejected() {
        return new WriteResult.Rejected("gone");
    }

    private WriteResult write(String call) {
        calls.add(call);
        WriteResult now = result;
        afterWrite.run();
        return now;
    }

    @Override
    public Optional<ClusterView> view(Duration maximumAge, Duration timeout) {
        calls.add("view " + maximumAge.toMillis() + " within " + timeout.toMillis());
        return view;
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout) {
        return write("acquireLock " + lease);
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Revision sync, Duration timeout) {
        return write("acquireLock " + lease + " if sync " + sync);
    }

    @Override
    public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout) {
        calls.add("renewLock " + lease);
        CompletableFuture<WriteResult> renewal = new CompletableFuture<>();
        renewals.add(renewal);
        return renewal;
    }

    @Override
    public WriteResult releaseLock(LeaderLock mine, Optional<ClusterStatus> finalStatus, Duration timeout) {
        return write("releaseLock");
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    ClusterStatus finalStatus, Duration timeout) {
        return write("handOverLock " + to);
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    Bequest bequest, Duration timeout) {
        return write("handOverLock " + to + " with " + bequest.sync().standbys() + " at " + bequest.expected());
    }

    @Override
    public WriteResult publishMember(MemberName me, MemberRecord record, LeaseId session, Duration ttl,
                                     Duration timeout) {
        published.add(record);
        return write("publishMember " + session);
    }

    @Override
    public CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout) {
        calls.add("renewSession " + session);
        CompletableFuture<WriteResult> renewal = new CompletableFuture<>();
        sessionRenewals.add(renewal);
        return renewal;
    }

    @Override
    public WriteResult removeMember(MemberName me, Duration timeout) {
        return write("removeMember");
    }

    @Override
    public WriteResult claimInitialize(LeaseId session, Duration timeout) {
        return write("claimInitialize " + session);
    }

    @Override
    public WriteResult writeInitialize(String systemIdentifier, boolean ifAbsent, Duration timeout) {
        return write("writeInitialize");
    }

    @Override
    public WriteResult withdrawInitialize(Duration timeout) {
        return write("withdrawInitialize");
    }

    @Override
    public WriteResult writeStatus(LeaderLock mine, ClusterStatus status, Duration timeout) {
        return write("writeStatus");
    }

    @Override
    public WriteResult writeFailsafe(LeaderLock mine, java.util.Map<String, String> members, Duration timeout) {
        return write("writeFailsafe");
    }

    @Override
    public WriteResult writeHistory(LeaderLock mine, TimelineHistory history, Duration timeout) {
        return write("writeHistory");
    }

    @Override
    public WriteResult writeSync(LeaderLock mine, SyncState sync, Revision expected, Duration timeout) {
        return write("writeSync");
    }

    @Override
    public WriteResult deleteSync(LeaderLock mine, Revision expected, Duration timeout) {
        return write("deleteSync");
    }

    @Override
    public WriteResult writeConfig(Map<String, Object> document, Optional<Revision> expected, Duration timeout) {
        return write("writeConfig");
    }

    @Override
    public WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                       Optional<String> scheduledAt, Duration timeout) {
        return write("requestFailover");
    }

    @Override
    public WriteResult clearFailover(Revision expected, Duration timeout) {
        return write("clearFailover");
    }

    @Override
    public AutoCloseable onChange(Runnable hint) {
        return () -> { };
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
