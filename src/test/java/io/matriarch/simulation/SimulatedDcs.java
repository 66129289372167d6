package io.matriarch.simulation;

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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The store as the agent of one machine talks to it: the real one over a {@link SimulatedStore}. What returns a future
 * completes by a later event, everything else waits. Open for the planted defects, which change one call each.
 */
class SimulatedDcs implements Dcs {

    private final Dcs real;
    private final SimulatedStore store;

    SimulatedDcs(Dcs real, SimulatedStore store) {
        this.real = real;
        this.store = store;
    }

    @Override
    public Optional<ClusterView> view(Duration maximumAge, Duration timeout) {
        return real.view(maximumAge, timeout);
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout) {
        return real.acquireLock(me, lease, duration, timeout);
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Revision sync, Duration timeout) {
        return real.acquireLock(me, lease, duration, sync, timeout);
    }

    @Override
    public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout) {
        return store.asynchronously(() -> real.renewLock(lease, flushed, duration, timeout));
    }

    @Override
    public WriteResult releaseLock(LeaderLock mine, Optional<ClusterStatus> finalStatus, Duration timeout) {
        return real.releaseLock(mine, finalStatus, timeout);
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    ClusterStatus finalStatus, Duration timeout) {
        return real.handOverLock(mine, to, itsLease, itsDuration, finalStatus, timeout);
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    Bequest bequest, Duration timeout) {
        return real.handOverLock(mine, to, itsLease, itsDuration, bequest, timeout);
    }

    @Override
    public WriteResult publishMember(MemberName me, MemberRecord record, LeaseId session, Duration ttl,
                                     Duration timeout) {
        return real.publishMember(me, record, session, ttl, timeout);
    }

    @Override
    public CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout) {
        return store.asynchronously(() -> real.renewSession(session, ttl, timeout));
    }

    @Override
    public WriteResult removeMember(MemberName me, Duration timeout) {
        return real.removeMember(me, timeout);
    }

    @Override
    public WriteResult claimInitialize(LeaseId session, Duration timeout) {
        return real.claimInitialize(session, timeout);
    }

    @Override
    public WriteResult writeInitialize(String systemIdentifier, boolean ifAbsent, Duration timeout) {
        return real.writeInitialize(systemIdentifier, ifAbsent, timeout);
    }

    @Override
    public WriteResult withdrawInitialize(Duration timeout) {
        return real.withdrawInitialize(timeout);
    }

    @Override
    public WriteResult writeStatus(LeaderLock mine, ClusterStatus status, Duration timeout) {
        return real.writeStatus(mine, status, timeout);
    }

    @Override
    public WriteResult writeHistory(LeaderLock mine, TimelineHistory history, Duration timeout) {
        return real.writeHistory(mine, history, timeout);
    }

    @Override
    public WriteResult writeSync(LeaderLock mine, SyncState sync, Revision expected, Duration timeout) {
        return real.writeSync(mine, sync, expected, timeout);
    }

    @Override
    public WriteResult deleteSync(LeaderLock mine, Revision expected, Duration timeout) {
        return real.deleteSync(mine, expected, timeout);
    }

    @Override
    public WriteResult writeConfig(Map<String, Object> document, Optional<Revision> expected, Duration timeout) {
        return real.writeConfig(document, expected, timeout);
    }

    @Override
    public WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                       Optional<String> scheduledAt, Duration timeout) {
        return real.requestFailover(leader, candidate, scheduledAt, timeout);
    }

    @Override
    public WriteResult clearFailover(Revision expected, Duration timeout) {
        return real.clearFailover(expected, timeout);
    }

    @Override
    public AutoCloseable onChange(Runnable hint) {
        return real.onChange(hint);
    }

    @Override
    public void close() {
        real.close();
    }
}
