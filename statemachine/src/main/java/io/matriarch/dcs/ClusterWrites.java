package io.matriarch.dcs;

import io.matriarch.cluster.ClusterDocuments;
import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import io.matriarch.store.Compare;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The intents of a member as transactions. Each compares what it rests on; whatever the lock permits compares the
 * lease of the leader key and its revision, so that it does nothing once the lock has changed hands.
 */
final class ClusterWrites {

    private final ClusterKeys keys;

    ClusterWrites(ClusterKeys keys) {
        this.keys = keys;
    }

    /** The failure branch reads the leader key, so that a repetition can find that it was successful before. */
    Txn acquire(MemberName me, LeaseId lease, Duration duration, Optional<Revision> sync) {
        List<Compare> compares = new ArrayList<>();
        compares.add(Compare.absent(leader()));
        sync.ifPresent(revision -> compares.add(Compare.modified(Bytes.of(keys.sync()), revision.value())));
        return new Txn(compares,
                List.of(grant(lease, duration), put(leader(), me.value(), lease)), List.of(read(leader())));
    }

    /** The status comes before the deletion, so that whoever sees the lock free sees the final position. */
    Txn release(LeaderLock mine, Optional<ClusterStatus> finalStatus) {
        List<Op> ops = new ArrayList<>();
        finalStatus.ifPresent(status -> ops.add(put(keys.status(), ClusterDocuments.status(status))));
        // Ending the lease does it as well, but an external store ends leases after the transaction.
        ops.add(delete(leader()));
        ops.add(revoke(mine.lease()));
        return new Txn(held(mine), ops, List.of());
    }

    Txn handOver(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration, ClusterStatus finalStatus) {
        return new Txn(held(mine), List.of(grant(itsLease, itsDuration), put(leader(), to.value(), itsLease),
                put(keys.status(), ClusterDocuments.status(finalStatus)), clearFailoverIfAsked(),
                revoke(mine.lease())), List.of());
    }

    Txn handOver(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration, Dcs.Bequest bequest) {
        Txn plain = handOver(mine, to, itsLease, itsDuration, bequest.finalStatus());
        List<Op> ops = new ArrayList<>(plain.success());
        ops.add(put(keys.sync(), ClusterDocuments.sync(bequest.sync())));
        return new Txn(heldAnd(mine, keys.sync(), bequest.expected()), ops, List.of());
    }

    private Op clearFailoverIfAsked() {
        Bytes failover = Bytes.of(keys.failover());
        Compare asked = new Compare(failover, Bytes.EMPTY, Compare.Target.VALUE, Compare.Result.NOT_EQUAL, 0,
                Bytes.of(ClusterDocuments.NO_FAILOVER));
        return new Op.TxnOp(new Txn(List.of(asked),
                List.of(put(keys.failover(), ClusterDocuments.NO_FAILOVER)), List.of()));
    }

    Txn publish(MemberName me, MemberRecord record, LeaseId session, Duration ttl) {
        return new Txn(List.of(), List.of(grant(session, ttl),
                put(Bytes.of(keys.member(me)), ClusterDocuments.member(record), session)), List.of());
    }

    DeleteRange removeMember(MemberName me) {
        return new DeleteRange(Bytes.of(keys.member(me)), Bytes.EMPTY, false);
    }

    Txn claimInitialize(LeaseId session) {
        Bytes key = Bytes.of(keys.initialize());
        return new Txn(List.of(Compare.absent(key)), List.of(put(key, "", session)), List.of(read(key)));
    }

    Txn writeInitialize(String systemIdentifier, boolean ifAbsent) {
        Bytes key = Bytes.of(keys.initialize());
        return new Txn(ifAbsent ? List.of(Compare.absent(key)) : List.of(),
                List.of(put(keys.initialize(), systemIdentifier)), List.of(read(key)));
    }

    /** @param session the lease of the claim, when it is known who made it */
    Txn withdrawInitialize(Optional<LeaseId> session) {
        Bytes key = Bytes.of(keys.initialize());
        List<Compare> compares = new ArrayList<>();
        compares.add(new Compare(key, Bytes.EMPTY, Compare.Target.VALUE, Compare.Result.EQUAL, 0, Bytes.EMPTY));
        session.ifPresent(lease -> compares.add(Compare.onLease(key, lease.value())));
        return new Txn(compares, List.of(delete(key)), List.of());
    }

    /** A write that the holder of the lock alone may do. */
    Txn asHolder(LeaderLock mine, String key, String value) {
        return new Txn(held(mine), List.of(put(key, value)), List.of());
    }

    /** The same, when the key is still at a revision. */
    Txn asHolder(LeaderLock mine, String key, String value, Revision expected) {
        return new Txn(heldAnd(mine, key, expected), List.of(put(key, value)), List.of());
    }

    Txn deleteAsHolder(LeaderLock mine, String key, Revision expected) {
        return new Txn(heldAnd(mine, key, expected), List.of(delete(Bytes.of(key))), List.of());
    }

    Txn replace(String key, String value, Optional<Revision> expected) {
        return new Txn(expected.map(revision -> List.of(Compare.modified(Bytes.of(key), revision.value())))
                .orElse(List.of()), List.of(put(key, value)), List.of());
    }

    private Bytes leader() {
        return Bytes.of(keys.leader());
    }

    private List<Compare> held(LeaderLock mine) {
        return List.of(Compare.onLease(leader(), mine.lease().value()),
                Compare.modified(leader(), mine.epoch().value()));
    }

    private List<Compare> heldAnd(LeaderLock mine, String key, Revision expected) {
        List<Compare> compares = new ArrayList<>(held(mine));
        compares.add(Compare.modified(Bytes.of(key), expected.value()));
        return compares;
    }

    private static Op grant(LeaseId lease, Duration duration) {
        return new Op.GrantOp(new LeaseGrant(lease.value(), duration.toMillis()));
    }

    private static Op revoke(LeaseId lease) {
        return new Op.RevokeOp(new LeaseRevoke(lease.value()));
    }

    private static Op put(Bytes key, String value, LeaseId lease) {
        return new Op.PutOp(new Put(key, Bytes.of(value), lease.value(), false));
    }

    private static Op put(String key, String value) {
        return put(Bytes.of(key), value, LeaseId.NONE);
    }

    private static Op delete(Bytes key) {
        return new Op.DeleteOp(new DeleteRange(key, Bytes.EMPTY, false));
    }

    private static Op read(Bytes key) {
        return new Op.RangeOp(RangeRequest.of(key, Bytes.EMPTY));
    }
}
