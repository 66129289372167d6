package io.matriarch.store;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What can be refused only by looking at the state: unknown leases, unreadable revisions, lack of space. Looks at the
 * branch that will run, in order, and changes nothing.
 */
final class BranchRules {

    private final VersionedKeys keys;
    private final LeaseTable leases;
    private final long storeBytes;
    /** Leases that the branch grants (true) or ends (false) before the operation looked at. */
    private final Map<Long, Boolean> leaseChanges = new HashMap<>();
    private long growth;

    private BranchRules(VersionedKeys keys, LeaseTable leases, long storeBytes) {
        this.keys = keys;
        this.leases = leases;
        this.storeBytes = storeBytes;
    }

    static Optional<StoreError> check(Branch branch, VersionedKeys keys, LeaseTable leases, long storeBytes) {
        BranchRules rules = new BranchRules(keys, leases, storeBytes);
        Optional<StoreError> error = rules.check(branch);
        if (error.isPresent()) {
            return error;
        }
        return rules.growth > 0 && keys.liveBytes() + rules.growth > storeBytes
                ? Optional.of(StoreError.NO_SPACE) : Optional.empty();
    }

    private Optional<StoreError> check(Branch branch) {
        for (Branch.Step step : branch.steps()) {
            Optional<StoreError> error = step.nested().isPresent() ? check(step.nested().get()) : check(step.op());
            if (error.isPresent()) {
                return error;
            }
        }
        return Optional.empty();
    }

    private Optional<StoreError> check(Op op) {
        if (op instanceof Op.RangeOp range) {
            return readable(range.range().revision(), keys);
        }
        if (op instanceof Op.PutOp put) {
            return checkPut(put.put());
        }
        if (op instanceof Op.GrantOp grant) {
            leaseChanges.put(grant.grant().id(), true);
        } else if (op instanceof Op.RevokeOp revoke) {
            leaseChanges.put(revoke.revoke().id(), false);
        }
        return Optional.empty();
    }

    private Optional<StoreError> checkPut(Command.Put put) {
        Optional<KeyValue> before = keys.live(put.key());
        if (before.isEmpty() && (put.ignoreValue() || put.ignoreLease())) {
            return Optional.of(StoreError.KEY_NOT_FOUND);
        }
        if (!put.ignoreValue()) {
            growth += VersionedKeys.size(put.key(), put.value()) - before.map(VersionedKeys::size).orElse(0L);
        }
        return put.lease() == 0 ? Optional.empty() : needLease(put.lease());
    }

    private Optional<StoreError> needLease(long id) {
        return leaseChanges.getOrDefault(id, leases.exists(id))
                ? Optional.empty() : Optional.of(StoreError.LEASE_NOT_FOUND);
    }

    /** Whether a revision can be read before anything of the running command happened. */
    static Optional<StoreError> readable(long revision, VersionedKeys keys) {
        if (revision > keys.revision()) {
            return Optional.of(StoreError.FUTURE_REVISION);
        }
        return revision > 0 && revision < keys.compacted() ? Optional.of(StoreError.COMPACTED) : Optional.empty();
    }
}
