package io.matriarch.dcs;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What one member can say to the store about its PostgreSQL cluster.
 *
 * <p>Threads: any. Unless it returns a future a method blocks, at most for the timeout given. Nothing throws for a
 * failure of the store. Every write is one transaction that compares what it rests on, so one that lands late is
 * harmless. Writes that only the holder of the leader lock may do take the lock and compare the leader key's lease.
 */
public interface Dcs extends LeaseRenewals, AutoCloseable {

    /**
     * All keys of the cluster.
     *
     * @return empty when the store did not answer in time, or when it is only known how it was more than
     *         {@code maximumAge} ago; a maximum age of zero asks for a linearizable read
     */
    Optional<ClusterView> view(Duration maximumAge, Duration timeout);

    /**
     * Takes the leader lock if nobody holds it, on a new lease.
     *
     * @param lease a fresh identity, never used before; makes a repetition of the call harmless
     * @return Applied with the epoch
     */
    WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout);

    /**
     * Takes the leader lock if nobody holds it and the sync key still has the revision {@code sync}.
     *
     * @param sync {@link Revision#ABSENT}: there is no sync key
     * @return Applied with the epoch
     */
    WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Revision sync, Duration timeout);

    /**
     * Gives the lock up; {@code finalStatus} is written in the same transaction. Without slots it keeps those that were
     * last read or written here.
     */
    WriteResult releaseLock(LeaderLock mine, Optional<ClusterStatus> finalStatus, Duration timeout);

    /**
     * Gives the lock to another member on a new lease, writes the final status and clears the failover key, all in one
     * transaction.
     */
    WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                             ClusterStatus finalStatus, Duration timeout);

    /**
     * The same, and the sync key changes in the same transaction. Rejected, with nothing done at all, when that key is not
     * as expected.
     */
    WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                             Bequest bequest, Duration timeout);

    /**
     * What a holder leaves behind with its lock.
     *
     * @param finalStatus as written to the status key
     * @param sync        the value of the sync key from then on
     * @param expected    the revision that the sync key has until then, {@link Revision#ABSENT} for no key
     */
    record Bequest(ClusterStatus finalStatus, SyncState sync, Revision expected) {
    }

    /** Publishes a member on its session lease, which is granted when {@code session} is gone. */
    WriteResult publishMember(MemberName me, MemberRecord record, LeaseId session, Duration ttl, Duration timeout);

    /** Removes a member at once, as at a clean shutdown. */
    WriteResult removeMember(MemberName me, Duration timeout);

    /**
     * Claims the right to found the cluster: the empty initialize key, on the founder's session. Rejected when the
     * session does not exist (publish the member first) or the key does; repeating a successful claim is Applied.
     */
    WriteResult claimInitialize(LeaseId session, Duration timeout);

    /**
     * Writes the system identifier, without a lease. With {@code ifAbsent} only when there is no such key; it is Applied
     * as well when the key has this identifier already.
     */
    WriteResult writeInitialize(String systemIdentifier, boolean ifAbsent, Duration timeout);

    /** Withdraws a claim that is still empty: this object's last claim, or without one whichever there is. */
    WriteResult withdrawInitialize(Duration timeout);

    WriteResult writeStatus(LeaderLock mine, ClusterStatus status, Duration timeout);

    /**
     * Writes who leads on without the store only together with whom: members by API URL. Nothing is written where
     * there is no such mode.
     */
    default WriteResult writeFailsafe(LeaderLock mine, Map<String, String> members, Duration timeout) {
        return new WriteResult.Rejected("there is no failsafe mode");
    }

    WriteResult writeHistory(LeaderLock mine, TimelineHistory history, Duration timeout);

    /** Replaces the sync key when its revision is still {@code expected}; {@link Revision#ABSENT} creates it. */
    WriteResult writeSync(LeaderLock mine, SyncState sync, Revision expected, Duration timeout);

    WriteResult deleteSync(LeaderLock mine, Revision expected, Duration timeout);

    /** Replaces the config key; with {@code expected} only when its revision is still that one. */
    WriteResult writeConfig(Map<String, Object> document, Optional<Revision> expected, Duration timeout);

    /** Replaces the failover key, whatever it holds. */
    WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                Optional<String> scheduledAt, Duration timeout);

    /** Empties the failover key when its revision is still {@code expected}. */
    WriteResult clearFailover(Revision expected, Duration timeout);

    /** Calls {@code hint} soon after something changed; a hint says nothing but: read again. May be called too often. */
    AutoCloseable onChange(Runnable hint);

    @Override
    void close();
}
