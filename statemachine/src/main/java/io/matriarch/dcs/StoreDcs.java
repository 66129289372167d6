package io.matriarch.dcs;

import io.matriarch.cluster.ClusterDocuments;
import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.StoredKey;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.KeyValue;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The intents of a member over a {@link ReplicatedStore}, whichever it is.
 *
 * <p>Has no thread of its own: blocking methods wait for the store's futures, which may be complete at once. Closing
 * ends the watches made here and leaves the store, which others may share, open.
 */
public final class StoreDcs implements Dcs {

    /** How much longer than the timeout a caller waits for a store that ends its futures by itself. */
    private static final Duration SLACK = Duration.ofMillis(50);

    private static final WriteResult NOT_ITS_OWN = new WriteResult.Rejected("the new holder needs a lease of its own");

    private final ReplicatedStore store;
    private final ClusterKeys keys;
    private final ClusterWrites writes;
    private final Set<ChangeWatch> watches = ConcurrentHashMap.newKeySet();
    /** The slots last read or written: a final status without slots keeps them. */
    private volatile ClusterStatus lastStatus = ClusterStatus.EMPTY;
    private volatile Optional<LeaseId> claim = Optional.empty();
    private volatile Optional<Result.LeaseResult> renewed = Optional.empty();

    public StoreDcs(ReplicatedStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
        this.writes = new ClusterWrites(keys);
    }

    @Override
    public Optional<ClusterView> view(Duration maximumAge, Duration timeout) {
        boolean localIsNewEnough = maximumAge.compareTo(Duration.ZERO) > 0
                && store.localAge().compareTo(maximumAge) <= 0;
        Outcome outcome = await(store.range(RangeRequest.prefix(Bytes.of(keys.prefix())),
                localIsNewEnough ? Consistency.LOCAL : Consistency.LINEARIZABLE, timeout), timeout);
        if (!(outcome instanceof Outcome.Done done)
                || !(done.applied().result() instanceof Result.RangeResult range)) {
            return Optional.empty();
        }
        List<StoredKey> stored = range.kvs().stream().map(StoreDcs::stored).toList();
        ClusterView view = ClusterDocuments.view(keys, new Revision(range.revision()), stored);
        lastStatus = view.status();
        return Optional.of(view);
    }

    private static StoredKey stored(KeyValue kv) {
        return new StoredKey(kv.key().utf8(), kv.value().utf8(), new Revision(kv.modRevision()),
                new LeaseId(kv.lease()));
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Duration timeout) {
        return acquire(writes.acquire(me, lease, duration, Optional.empty()), me, lease, timeout);
    }

    @Override
    public WriteResult acquireLock(MemberName me, LeaseId lease, Duration duration, Revision sync, Duration timeout) {
        return acquire(writes.acquire(me, lease, duration, Optional.of(sync)), me, lease, timeout);
    }

    private WriteResult acquire(Command.Txn acquisition, MemberName me, LeaseId lease, Duration timeout) {
        return write(acquisition, timeout,
                found -> found.value().utf8().equals(me.value()) && found.lease() == lease.value(),
                "the leader lock is taken or the sync key changed");
    }

    @Override
    public CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout) {
        return store.propose(new Command.LeaseRenew(lease.value(), flushed.value(), duration.toMillis()), timeout)
                .thenApply(outcome -> {
                    if (outcome instanceof Outcome.Done done && done.applied().result() instanceof Result.LeaseResult result) {
                        renewed = Optional.of(result);
                    }
                    return lockRenewed(outcome);
                });
    }

    @Override
    public Duration lasts(LeaseId lease, Duration asked) {
        return renewed.filter(result -> result.id() == lease.value()).map(result -> Duration.ofMillis(result.ttlMillis()))
                .filter(known -> known.compareTo(asked) < 0).orElse(asked);
    }

    /** The lease alone is not the lock: nothing but the leader key is ever put on it, and it must still be there. */
    private static WriteResult lockRenewed(Outcome outcome) {
        boolean isBare = outcome instanceof Outcome.Done done
                && done.applied().result() instanceof Result.LeaseResult lease && lease.keys() == 0;
        return isBare ? new WriteResult.Rejected("the leader key is no longer on its lease")
                : result(outcome, found -> false, "the lease is gone");
    }

    @Override
    public WriteResult releaseLock(LeaderLock mine, Optional<ClusterStatus> finalStatus, Duration timeout) {
        return writeAsHolder(writes.release(mine, finalStatus.map(this::withKnownSlots)), timeout);
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    ClusterStatus finalStatus, Duration timeout) {
        return itsLease.equals(mine.lease()) ? NOT_ITS_OWN
                : writeAsHolder(writes.handOver(mine, to, itsLease, itsDuration, withKnownSlots(finalStatus)), timeout);
    }

    @Override
    public WriteResult handOverLock(LeaderLock mine, MemberName to, LeaseId itsLease, Duration itsDuration,
                                    Bequest bequest, Duration timeout) {
        Bequest whole = new Bequest(withKnownSlots(bequest.finalStatus()), bequest.sync(), bequest.expected());
        return itsLease.equals(mine.lease()) ? NOT_ITS_OWN
                : writeAsHolder(writes.handOver(mine, to, itsLease, itsDuration, whole), timeout);
    }

    private ClusterStatus withKnownSlots(ClusterStatus status) {
        ClusterStatus known = lastStatus;
        return new ClusterStatus(status.optime(), status.slots().isEmpty() ? known.slots() : status.slots(),
                status.retainSlots().isEmpty() ? known.retainSlots() : status.retainSlots());
    }

    @Override
    public WriteResult publishMember(MemberName me, MemberRecord record, LeaseId session, Duration ttl,
                                     Duration timeout) {
        return write(writes.publish(me, record, session, ttl), timeout);
    }

    @Override
    public CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout) {
        return store.propose(new Command.LeaseRenew(session.value(), 0, ttl.toMillis()), timeout)
                .thenApply(outcome -> result(outcome, found -> false, "the session is gone"));
    }

    @Override
    public WriteResult removeMember(MemberName me, Duration timeout) {
        return write(writes.removeMember(me), timeout);
    }

    @Override
    public WriteResult claimInitialize(LeaseId session, Duration timeout) {
        claim = Optional.of(session);
        return write(writes.claimInitialize(session), timeout,
                found -> found.value().size() == 0 && found.lease() == session.value(),
                "the initialize key exists");
    }

    @Override
    public WriteResult writeInitialize(String systemIdentifier, boolean ifAbsent, Duration timeout) {
        return write(writes.writeInitialize(systemIdentifier, ifAbsent), timeout,
                found -> found.value().utf8().equals(systemIdentifier), "the initialize key exists");
    }

    @Override
    public WriteResult withdrawInitialize(Duration timeout) {
        return write(writes.withdrawInitialize(claim), timeout, found -> false, "there is no such claim");
    }

    @Override
    public WriteResult writeStatus(LeaderLock mine, ClusterStatus status, Duration timeout) {
        lastStatus = status;
        return writeAsHolder(writes.asHolder(mine, keys.status(), ClusterDocuments.status(status)), timeout);
    }

    @Override
    public WriteResult writeFailsafe(LeaderLock mine, Map<String, String> members, Duration timeout) {
        return writeAsHolder(writes.asHolder(mine, keys.failsafe(), ClusterDocuments.failsafe(members)), timeout);
    }

    @Override
    public WriteResult writeHistory(LeaderLock mine, TimelineHistory history, Duration timeout) {
        return writeAsHolder(writes.asHolder(mine, keys.history(), ClusterDocuments.history(history)), timeout);
    }

    @Override
    public WriteResult writeSync(LeaderLock mine, SyncState sync, Revision expected, Duration timeout) {
        return writeAsHolder(writes.asHolder(mine, keys.sync(), ClusterDocuments.sync(sync), expected), timeout);
    }

    @Override
    public WriteResult deleteSync(LeaderLock mine, Revision expected, Duration timeout) {
        return writeAsHolder(writes.deleteAsHolder(mine, keys.sync(), expected), timeout);
    }

    @Override
    public WriteResult writeConfig(Map<String, Object> document, Optional<Revision> expected, Duration timeout) {
        return write(writes.replace(keys.config(), ClusterDocuments.config(document), expected), timeout);
    }

    @Override
    public WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                       Optional<String> scheduledAt, Duration timeout) {
        return write(writes.replace(keys.failover(), ClusterDocuments.failover(leader, candidate, scheduledAt),
                Optional.empty()), timeout);
    }

    @Override
    public WriteResult clearFailover(Revision expected, Duration timeout) {
        return write(writes.replace(keys.failover(), ClusterDocuments.NO_FAILOVER, Optional.of(expected)), timeout);
    }

    @Override
    public AutoCloseable onChange(Runnable hint) {
        ChangeWatch watch = new ChangeWatch(store, Bytes.of(keys.prefix()), hint);
        watches.add(watch);
        watch.begin();
        return () -> {
            watches.remove(watch);
            watch.close();
        };
    }

    @Override
    public void close() {
        watches.forEach(ChangeWatch::close);
        watches.clear();
    }

    private WriteResult writeAsHolder(Command command, Duration timeout) {
        return write(command, timeout, found -> false, "the leader lock or the key changed");
    }

    private WriteResult write(Command command, Duration timeout) {
        return write(command, timeout, found -> false, "the key changed");
    }

    private WriteResult write(Command command, Duration timeout, AlreadyDone alreadyDone, String otherwise) {
        return result(await(store.propose(command, timeout), timeout), alreadyDone, otherwise);
    }

    /** Whether a key that stood in the way is what an earlier attempt of the same write put there. */
    private interface AlreadyDone {
        boolean by(KeyValue found);
    }

    private static WriteResult result(Outcome outcome, AlreadyDone alreadyDone, String otherwise) {
        if (!(outcome instanceof Outcome.Done done)) {
            return new WriteResult.Unknown(((Outcome.Unknown) outcome).why());
        }
        Result result = done.applied().result();
        if (result instanceof Result.ErrorResult error) {
            return new WriteResult.Rejected(error.error().text());
        }
        if (!(result instanceof Result.TxnResult txn) || txn.succeeded()) {
            return new WriteResult.Applied(new Revision(result.revision()));
        }
        return txn.responses().stream()
                .filter(Result.RangeResult.class::isInstance)
                .flatMap(response -> ((Result.RangeResult) response).kvs().stream())
                .filter(alreadyDone::by)
                .findFirst()
                .<WriteResult>map(kv -> new WriteResult.Applied(new Revision(kv.modRevision())))
                .orElseGet(() -> new WriteResult.Rejected(otherwise));
    }

    private static Outcome await(CompletableFuture<Outcome> future, Duration timeout) {
        try {
            return future.get(timeout.plus(SLACK).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return new Outcome.Unknown("no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException failed) {
            return new Outcome.Unknown(String.valueOf(failed.getCause()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted while waiting");
        }
    }
}
