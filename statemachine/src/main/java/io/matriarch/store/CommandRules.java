package io.matriarch.store;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What can be refused by looking at a command alone, whatever the state: etcd's checks of a request. */
final class CommandRules {

    /** What a compare or an operation costs beside its keys and values. */
    private static final long PART_BYTES = 8;

    private CommandRules() {
    }

    static Optional<StoreError> check(Command command, StoreLimits limits) {
        Optional<StoreError> shape = shape(command, limits);
        if (shape.isPresent()) {
            return shape;
        }
        if (payload(command) > limits.requestBytes()) {
            return Optional.of(StoreError.REQUEST_TOO_LARGE);
        }
        return command instanceof Command.Txn txn ? checkOverlap(txn) : Optional.empty();
    }

    private static Optional<StoreError> shape(Command command, StoreLimits limits) {
        if (command instanceof Command.Put put) {
            return checkPut(put);
        }
        if (command instanceof Command.DeleteRange delete) {
            return needKey(delete.key());
        }
        if (command instanceof Command.Note note) {
            return needKey(note.name());
        }
        if (command instanceof Command.Txn txn) {
            return checkTxn(txn, limits.txnOps());
        }
        if (command instanceof Command.LeaseGrant grant) {
            return checkTtl(grant.ttlMillis());
        }
        if (command instanceof Command.LeaseRenew renew) {
            return checkTtl(renew.ttlMillis());
        }
        return Optional.empty();
    }

    private static Optional<StoreError> needKey(Bytes key) {
        return key.size() == 0 ? Optional.of(StoreError.EMPTY_KEY) : Optional.empty();
    }

    private static Optional<StoreError> checkPut(Command.Put put) {
        if (put.key().size() > 0 && put.ignoreValue() && put.value().size() > 0) {
            return Optional.of(StoreError.VALUE_PROVIDED);
        }
        if (put.key().size() > 0 && put.ignoreLease() && put.lease() != 0) {
            return Optional.of(StoreError.LEASE_PROVIDED);
        }
        return needKey(put.key());
    }

    private static Optional<StoreError> checkTtl(long ttlMillis) {
        return ttlMillis > LeaseTable.MAX_TTL_MILLIS ? Optional.of(StoreError.LEASE_TTL_TOO_LARGE) : Optional.empty();
    }

    /** The allowance shrinks with every level, which also bounds the depth. */
    private static Optional<StoreError> checkTxn(Command.Txn txn, int allowance) {
        int widest = Math.max(txn.compares().size(), Math.max(txn.success().size(), txn.failure().size()));
        if (widest > allowance) {
            return Optional.of(StoreError.TOO_MANY_OPS);
        }
        for (Compare compare : txn.compares()) {
            if (compare.key().size() == 0) {
                return Optional.of(StoreError.EMPTY_KEY);
            }
        }
        Optional<StoreError> success = checkOps(txn.success(), allowance - widest);
        return success.isPresent() ? success : checkOps(txn.failure(), allowance - widest);
    }

    private static Optional<StoreError> checkOps(List<Op> ops, int allowance) {
        for (Op op : ops) {
            Optional<StoreError> error = checkOp(op, allowance);
            if (error.isPresent()) {
                return error;
            }
        }
        return Optional.empty();
    }

    private static Optional<StoreError> checkOp(Op op, int allowance) {
        if (op instanceof Op.RangeOp range) {
            return needKey(range.range().key());
        }
        if (op instanceof Op.PutOp put) {
            return checkPut(put.put());
        }
        if (op instanceof Op.DeleteOp delete) {
            return needKey(delete.delete().key());
        }
        if (op instanceof Op.TxnOp txn) {
            return checkTxn(txn.txn(), allowance);
        }
        return op instanceof Op.GrantOp grant ? checkTtl(grant.grant().ttlMillis()) : Optional.empty();
    }

    private static Optional<StoreError> checkOverlap(Command.Txn txn) {
        boolean overlap = Touched.of(txn.success()).isEmpty() || Touched.of(txn.failure()).isEmpty();
        return overlap ? Optional.of(StoreError.DUPLICATE_KEY) : Optional.empty();
    }

    /** The keys that a branch puts and the ranges it deletes; both branches of a nested transaction count. */
    private record Touched(Set<Bytes> puts, KeyIntervals deletes) {

        /** Empty when a key is put twice, or put and deleted. */
        static Optional<Touched> of(List<Op> ops) {
            Touched level = new Touched(new HashSet<>(), new KeyIntervals());
            for (Op op : ops) {
                // as in etcd, a deletion that goes on to the last key is no obstacle
                if (op instanceof Op.DeleteOp delete && !VersionedKeys.isOpenEnd(delete.delete().rangeEnd())) {
                    level.deletes.add(delete.delete());
                }
            }
            for (Op op : ops) {
                if (op instanceof Op.TxnOp nested && !level.include(nested.txn())) {
                    return Optional.empty();
                }
            }
            for (Op op : ops) {
                if (op instanceof Op.PutOp put && !level.addPut(put.put().key())) {
                    return Optional.empty();
                }
            }
            return Optional.of(level);
        }

        /** Adds a nested transaction; its two branches may put the same key, because only one of them runs. */
        private boolean include(Command.Txn nested) {
            Optional<Touched> then = of(nested.success());
            Optional<Touched> otherwise = of(nested.failure());
            if (then.isEmpty() || otherwise.isEmpty()) {
                return false;
            }
            for (Bytes key : then.get().puts) {
                if (!addPut(key)) {
                    return false;
                }
            }
            for (Bytes key : otherwise.get().puts) {
                if (!then.get().puts.contains(key) && !addPut(key)) {
                    return false;
                }
            }
            deletes.addAll(then.get().deletes);
            deletes.addAll(otherwise.get().deletes);
            return true;
        }

        private boolean addPut(Bytes key) {
            return !deletes.contains(key) && puts.add(key);
        }
    }

    /** Bytes of all keys and values in a command, and a few for each part of a transaction. */
    static long payload(Command command) {
        if (command instanceof Command.Put put) {
            return (long) put.key().size() + put.value().size();
        }
        if (command instanceof Command.DeleteRange delete) {
            return (long) delete.key().size() + delete.rangeEnd().size();
        }
        if (command instanceof Command.Note note) {
            return (long) note.name().size() + note.text().size();
        }
        if (command instanceof Command.Txn txn) {
            long sum = 0;
            for (Compare compare : txn.compares()) {
                sum += PART_BYTES + compare.key().size() + compare.rangeEnd().size() + compare.value().size();
            }
            return sum + payload(txn.success()) + payload(txn.failure());
        }
        return 0;
    }

    private static long payload(List<Op> ops) {
        long sum = PART_BYTES * ops.size();
        for (Op op : ops) {
            if (op instanceof Op.RangeOp range) {
                sum += (long) range.range().key().size() + range.range().rangeEnd().size();
            } else if (op instanceof Op.PutOp put) {
                sum += payload(put.put());
            } else if (op instanceof Op.DeleteOp delete) {
                sum += payload(delete.delete());
            } else if (op instanceof Op.TxnOp txn) {
                sum += payload(txn.txn());
            }
        }
        return sum;
    }
}
