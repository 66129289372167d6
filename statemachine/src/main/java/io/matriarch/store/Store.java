package io.matriarch.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * The key-value state of the consensus group, with etcd's semantics.
 *
 * <p>{@link #apply} is total and deterministic: it never throws, and the same commands give the same state. A command
 * is checked completely before it changes anything, so a refused one changes nothing. One thread applies; the caller
 * orders reads and snapshots with it. What is handed out (events, results, lease states) is immutable.
 */
public final class Store {

    private final StoreLimits limits;
    private final VersionedKeys keys;
    private final LeaseTable leases;
    private final Notes notes;
    private AuthState auth = AuthState.NONE;
    private long appliedIndex;
    private long stampMillis;

    /** An empty store at revision 1, as a new etcd has. */
    public Store(StoreLimits limits) {
        this(limits, new VersionedKeys(), new LeaseTable(), new Notes(), 0, 0);
    }

    Store(StoreLimits limits, VersionedKeys keys, LeaseTable leases, Notes notes, long appliedIndex,
            long stampMillis) {
        this.limits = limits;
        this.keys = keys;
        this.leases = leases;
        this.notes = notes;
        this.appliedIndex = appliedIndex;
        this.stampMillis = stampMillis;
    }

    /**
     * Applies one entry of the log.
     *
     * @param index index of the entry; entries at or below {@link #appliedIndex} are ignored by the caller
     * @param stampMillis wall time the Raft leader put into the entry, for display only; the store keeps the maximum
     */
    public Applied apply(long index, long stampMillis, Command command) {
        note(index, stampMillis);
        Result result = run(command);
        List<Event> events = keys.commit();
        boundHistory();
        return new Applied(result, events, leases.takeTouched());
    }

    /** Notes an entry that could not be decoded: it changes nothing and is answered with a refusal. */
    public Applied applyUnreadable(long index, long stampMillis) {
        note(index, stampMillis);
        return new Applied(refuse(StoreError.UNKNOWN_COMMAND), List.of());
    }

    /** Notes an entry of the log that holds no command. */
    public void applyNothing(long index) {
        note(index, stampMillis);
    }

    private void note(long index, long stamp) {
        appliedIndex = index;
        stampMillis = Math.max(stampMillis, stamp);
    }

    private Result run(Command command) {
        if (command instanceof Command.As as) {
            Optional<StoreError> refusal = AuthRules.check(as, auth, leases)
                    .or(() -> ClientQuota.check(as.command(), notes, keys.liveBytes(), limits));
            return refusal.isPresent() ? refuse(refusal.get()) : run(as.command());
        }
        if (command instanceof Command.Auth change) {
            AuthState.Changed changed = auth.apply(change);
            auth = changed.state();
            return changed.refusal().isPresent() ? refuse(changed.refusal().get())
                    : new Result.BarrierResult(keys.revision());
        }
        Optional<StoreError> malformed = CommandRules.check(command, limits);
        if (malformed.isPresent()) {
            return refuse(malformed.get());
        }
        if (command instanceof Command.Barrier) {
            return new Result.BarrierResult(keys.revision());
        }
        if (command instanceof Command.Put put) {
            return runOne(new Op.PutOp(put));
        }
        if (command instanceof Command.DeleteRange delete) {
            return runOne(new Op.DeleteOp(delete));
        }
        if (command instanceof Command.Txn txn) {
            return runTxn(txn);
        }
        if (command instanceof Command.Compact compact) {
            return compact(compact.revision());
        }
        if (command instanceof Command.Note note) {
            return notes.write(note) ? new Result.BarrierResult(keys.revision()) : refuse(StoreError.NO_SPACE);
        }
        return runLease(command);
    }

    private Result runOne(Op op) {
        Branch branch = Branch.of(op);
        Optional<StoreError> error = BranchRules.check(branch, keys, leases, limits.storeBytes());
        return error.isPresent() ? refuse(error.get()) : execute(branch.steps().get(0));
    }

    private Result runTxn(Command.Txn txn) {
        Branch branch = Branch.choose(txn, keys);
        Optional<StoreError> error = BranchRules.check(branch, keys, leases, limits.storeBytes());
        return error.isPresent() ? refuse(error.get()) : execute(branch);
    }

    private Result execute(Branch branch) {
        List<Result> responses = new ArrayList<>(branch.steps().size());
        for (Branch.Step step : branch.steps()) {
            responses.add(execute(step));
        }
        return new Result.TxnResult(keys.seenRevision(), branch.succeeded(), responses);
    }

    private Result execute(Branch.Step step) {
        if (step.nested().isPresent()) {
            return execute(step.nested().get());
        }
        Op op = step.op();
        if (op instanceof Op.PutOp put) {
            return put(put.put());
        }
        if (op instanceof Op.DeleteOp delete) {
            return delete(delete.delete());
        }
        if (op instanceof Op.GrantOp grant) {
            return grant(grant.grant());
        }
        if (op instanceof Op.RevokeOp revoke) {
            return end(revoke.revoke().id());
        }
        return RangeReader.read(keys, ((Op.RangeOp) op).range());
    }

    private Result put(Command.Put put) {
        Optional<KeyValue> kept = put.ignoreValue() || put.ignoreLease() ? keys.live(put.key()) : Optional.empty();
        // a lease that ended earlier in the branch may have taken the key with it
        Bytes value = put.ignoreValue() ? kept.map(KeyValue::value).orElse(Bytes.EMPTY) : put.value();
        long lease = put.ignoreLease() ? kept.map(KeyValue::lease).orElse(0L) : put.lease();
        Optional<KeyValue> before = keys.put(put.key(), value, lease);
        before.ifPresent(kv -> leases.detach(kv.lease(), kv.key()));
        leases.attach(lease, put.key());
        return new Result.PutResult(keys.seenRevision(), put.prevKv() ? before : Optional.empty());
    }

    private Result delete(Command.DeleteRange delete) {
        List<KeyValue> gone = keys.range(delete.key(), delete.rangeEnd(), Long.MAX_VALUE);
        for (KeyValue kv : gone) {
            keys.delete(kv.key());
            leases.detach(kv.lease(), kv.key());
        }
        return new Result.DeleteResult(keys.seenRevision(), gone.size(), delete.prevKv() ? gone : List.of());
    }

    private Result grant(Command.LeaseGrant grant) {
        long id = leases.grant(grant.id(), grant.ttlMillis());
        return lease(id, leases.ttlMillis(id));
    }

    /** Ends a lease if it is there; its keys go in ascending order. */
    private Result end(long id) {
        if (leases.exists(id)) {
            leases.remove(id).forEach(keys::delete);
        }
        return lease(id, 0);
    }

    private Result lease(long id, long ttlMillis) {
        return new Result.LeaseResult(keys.seenRevision(), id, ttlMillis, leases.keyCount(id));
    }

    private Result runLease(Command command) {
        if (command instanceof Command.LeaseGrant grant) {
            return grant.id() != 0 && leases.exists(grant.id()) ? refuse(StoreError.LEASE_EXISTS) : grant(grant);
        }
        if (command instanceof Command.LeaseRenew renew) {
            if (!leases.exists(renew.id())) {
                return refuse(StoreError.LEASE_NOT_FOUND);
            }
            leases.renew(renew.id(), renew.position(), renew.ttlMillis());
            return lease(renew.id(), leases.ttlMillis(renew.id()));
        }
        if (command instanceof Command.LeaseExpire expire) {
            if (!leases.exists(expire.id())) {
                return refuse(StoreError.LEASE_NOT_FOUND);
            }
            return leases.sequence(expire.id()) == expire.sequenceSeen() ? end(expire.id())
                    : lease(expire.id(), leases.ttlMillis(expire.id()));
        }
        if (command instanceof Command.LeaseRevoke revoke) {
            return leases.exists(revoke.id()) ? end(revoke.id()) : refuse(StoreError.LEASE_NOT_FOUND);
        }
        return refuse(StoreError.UNKNOWN_COMMAND);
    }

    private Result compact(long revision) {
        if (revision <= keys.compacted()) {
            return refuse(StoreError.COMPACTED);
        }
        if (revision > keys.revision()) {
            return refuse(StoreError.FUTURE_REVISION);
        }
        keys.compact(revision);
        return new Result.CompactResult(keys.revision());
    }

    /** Old history goes when there is too much of it, in revisions or in bytes, so that history never blocks a put. */
    private void boundHistory() {
        if (keys.revision() - keys.compacted() > limits.historyRevisions()) {
            keys.compact(keys.revision() - limits.historyRevisions());
        }
        while (keys.heldBytes() > limits.storeBytes() && keys.compacted() < keys.revision()) {
            keys.compact(keys.compacted() + 1);
        }
    }

    private Result refuse(StoreError error) {
        return new Result.ErrorResult(keys.revision(), error);
    }

    /** Reads; the result is a {@link Result.RangeResult} or a {@link Result.ErrorResult}. */
    public Result range(RangeRequest request) {
        if (request.key().size() == 0) {
            return refuse(StoreError.EMPTY_KEY);
        }
        Optional<StoreError> error = BranchRules.readable(request.revision(), keys);
        return error.isPresent() ? refuse(error.get()) : RangeReader.read(keys, request);
    }

    /**
     * All changes from a revision on, oldest first, one list for each revision; empty when some are compacted. The
     * changes of the compacted revision itself are still there, without the state before them.
     */
    public Optional<List<List<Event>>> eventsSince(long revision) {
        return keys.eventsSince(revision);
    }

    public long revision() {
        return keys.revision();
    }

    public long compactedRevision() {
        return keys.compacted();
    }

    public long appliedIndex() {
        return appliedIndex;
    }

    /** The latest wall time seen in an entry, in milliseconds of the epoch; for display only. */
    public long stampMillis() {
        return stampMillis;
    }

    public StoreLimits limits() {
        return limits;
    }

    /** Bytes that all retained versions take, as {@link StoreLimits#storeBytes} counts them. */
    public long heldBytes() {
        return keys.heldBytes();
    }

    /** The leases by ascending identity, as they are now; later commands do not show in what was returned. */
    public Collection<LeaseState> leases() {
        return leases.states();
    }

    public Optional<LeaseState> lease(long id) {
        return leases.state(id);
    }

    /** Users, roles and permissions. */
    public AuthState auth() {
        return auth;
    }

    /** Restores them from a snapshot. */
    void auth(AuthState restored) {
        auth = restored;
    }

    /** Why a user may not read a range; see {@link Command.As}. */
    public Optional<StoreError> mayNotRead(String user, long authRevision, Bytes key, Bytes rangeEnd) {
        return AuthRules.checkRead(user, authRevision, key, rangeEnd, auth);
    }

    /** The notes whose names start with {@code prefix}, by name. */
    public SortedMap<Bytes, Bytes> notes(Bytes prefix) {
        return notes.startingWith(prefix);
    }

    /** Bytes that the newest versions of all keys take, as {@link StoreLimits#storeBytes} counts them. */
    public long liveBytes() {
        return keys.liveBytes();
    }

    /**
     * A checksum of every retained version up to a revision; equal on all peers.
     *
     * @param revision 0 for the newest
     * @return empty when that revision is compacted, or not there yet
     */
    public OptionalInt digest(long revision) {
        return BranchRules.readable(revision, keys).isPresent() ? OptionalInt.empty()
                : OptionalInt.of(KeysDigest.of(keys, revision > 0 ? revision : keys.revision()));
    }

    VersionedKeys keys() {
        return keys;
    }

    Notes notes() {
        return notes;
    }

    long lastChosenLease() {
        return leases.lastChosen();
    }
}
