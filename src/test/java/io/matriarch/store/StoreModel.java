package io.matriarch.store;

import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseExpire;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRenew;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The store as one would write it without a thought of cost: a full copy of the state for every revision, and a
 * command that fails half way is undone by going back to the copy.
 */
final class StoreModel {

    /** Ends a command that must change nothing. */
    private static final class Refused extends RuntimeException {
    }

    private record State(TreeMap<Bytes, KeyValue> keys, TreeMap<Long, Long> sequences) {
        State copy() {
            return new State(new TreeMap<>(keys), new TreeMap<>(sequences));
        }
    }

    private final List<Map<Bytes, KeyValue>> revisions = new ArrayList<>(List.of(Map.of(), Map.of()));
    private State state = new State(new TreeMap<>(), new TreeMap<>());
    private State before = state;
    private long compacted;
    private boolean changed;

    long revision() {
        return revisions.size() - 1L;
    }

    Map<Bytes, KeyValue> at(long revision) {
        return revisions.get((int) revision);
    }

    Map<Long, Set<Bytes>> leaseKeys() {
        Map<Long, Set<Bytes>> keys = new TreeMap<>();
        state.sequences.keySet().forEach(id -> keys.put(id, new HashSet<>()));
        state.keys.values().stream().filter(kv -> kv.lease() != 0).forEach(kv -> keys.get(kv.lease()).add(kv.key()));
        return keys;
    }

    Map<Long, Long> leaseSequences() {
        return state.sequences;
    }

    /** Whether the command was accepted. */
    boolean apply(Command command) {
        before = state;
        state = state.copy();
        changed = false;
        try {
            run(command);
        } catch (Refused refused) {
            state = before;
            return false;
        }
        if (changed) {
            revisions.add(new TreeMap<>(state.keys));
        }
        compacted = Math.max(compacted, revision() - 40);
        return true;
    }

    private void run(Command command) {
        if (command instanceof Put put) {
            put(put);
        } else if (command instanceof DeleteRange delete) {
            delete(delete);
        } else if (command instanceof Txn txn) {
            refuseIf(tooWide(txn, 8));
            collect(txn.success());
            collect(txn.failure());
            txn(txn);
        } else if (command instanceof Command.Compact compact) {
            refuseIf(compact.revision() <= compacted || compact.revision() > revision());
            compacted = compact.revision();
        } else if (command instanceof LeaseGrant grant) {
            refuseIf(state.sequences.putIfAbsent(grant.id(), 0L) != null);
        } else if (command instanceof LeaseRenew renew) {
            refuseIf(state.sequences.computeIfPresent(renew.id(), (id, sequence) -> sequence + 1) == null);
        } else if (command instanceof LeaseExpire expire) {
            refuseIf(!state.sequences.containsKey(expire.id()));
            if (state.sequences.get(expire.id()) == expire.sequenceSeen()) {
                end(expire.id());
            }
        } else if (command instanceof LeaseRevoke revoke) {
            refuseIf(!state.sequences.containsKey(revoke.id()));
            end(revoke.id());
        }
    }

    private static void refuseIf(boolean condition) {
        if (condition) {
            throw new Refused();
        }
    }

    private void put(Put put) {
        refuseIf(put.key().size() == 0);
        refuseIf(put.lease() != 0 && !state.sequences.containsKey(put.lease()));
        long next = revision() + 1;
        KeyValue old = state.keys.get(put.key());
        state.keys.put(put.key(), new KeyValue(put.key(), put.value(), old == null ? next : old.createRevision(), next,
                old == null ? 1 : old.version() + 1, put.lease()));
        changed = true;
    }

    private void delete(DeleteRange delete) {
        refuseIf(delete.key().size() == 0);
        changed |= state.keys.keySet().removeIf(key -> within(key, delete.key(), delete.rangeEnd()));
    }

    private static boolean within(Bytes key, Bytes from, Bytes end) {
        return end.size() == 0 ? key.equals(from) : key.compareTo(from) >= 0
                && (end.equals(Bytes.of(new byte[] {0})) || key.compareTo(end) < 0);
    }

    private void end(long lease) {
        changed |= state.keys.values().removeIf(kv -> kv.lease() == lease);
        state.sequences.remove(lease);
    }

    private static boolean tooWide(Txn txn, int allowed) {
        int widest = Math.max(txn.compares().size(), Math.max(txn.success().size(), txn.failure().size()));
        List<Op> all = new ArrayList<>(txn.success());
        all.addAll(txn.failure());
        return widest > allowed || all.stream()
                .anyMatch(op -> op instanceof Op.TxnOp nested && tooWide(nested.txn(), allowed - widest));
    }

    /** The puts of a list of operations; refuses keys that are put twice or put and deleted, and missing keys. */
    private Set<Bytes> collect(List<Op> ops) {
        return collect(ops, new ArrayList<>());
    }

    private Set<Bytes> collect(List<Op> ops, List<DeleteRange> deletes) {
        ops.forEach(op -> {
            if (op instanceof Op.DeleteOp delete) {
                refuseIf(delete.delete().key().size() == 0);
                // etcd does not count a deletion that goes on to the last key
                if (!delete.delete().rangeEnd().equals(Bytes.of(new byte[] {0}))) {
                    deletes.add(delete.delete());
                }
            }
        });
        Map<Bytes, Integer> puts = new HashMap<>();
        for (Op op : ops) {
            if (op instanceof Op.TxnOp nested) {
                nested.txn().compares().forEach(compare -> refuseIf(compare.key().size() == 0));
                List<DeleteRange> inThen = new ArrayList<>();
                List<DeleteRange> inElse = new ArrayList<>();
                Set<Bytes> either = collect(nested.txn().success(), inThen);
                either.addAll(collect(nested.txn().failure(), inElse));
                either.forEach(key -> addPut(puts, key, deletes));
                deletes.addAll(inThen);
                deletes.addAll(inElse);
            }
        }
        for (Op op : ops) {
            if (op instanceof Op.PutOp put) {
                refuseIf(put.put().key().size() == 0);
                addPut(puts, put.put().key(), deletes);
            } else if (op instanceof Op.RangeOp range) {
                refuseIf(range.range().key().size() == 0);
            }
        }
        return new HashSet<>(puts.keySet());
    }

    private static void addPut(Map<Bytes, Integer> puts, Bytes key, List<DeleteRange> deletes) {
        refuseIf(puts.merge(key, 1, Integer::sum) > 1);
        deletes.forEach(delete -> refuseIf(within(key, delete.key(), delete.rangeEnd())));
    }

    private void txn(Txn txn) {
        txn.compares().forEach(compare -> refuseIf(compare.key().size() == 0));
        boolean succeeded = txn.compares().stream().allMatch(this::holds);
        for (Op op : succeeded ? txn.success() : txn.failure()) {
            if (op instanceof Op.PutOp put) {
                put(put.put());
            } else if (op instanceof Op.DeleteOp delete) {
                delete(delete.delete());
            } else if (op instanceof Op.TxnOp nested) {
                txn(nested.txn());
            } else if (op instanceof Op.GrantOp grant) {
                state.sequences.putIfAbsent(grant.grant().id(), 0L);
            } else if (op instanceof Op.RevokeOp revoke) {
                end(revoke.revoke().id());
            }
        }
    }

    /** Nested transactions too compare with the state before the whole command. */
    private boolean holds(Compare compare) {
        List<KeyValue> found = before.keys.values().stream()
                .filter(kv -> within(kv.key(), compare.key(), compare.rangeEnd())).toList();
        if (found.isEmpty()) {
            return compare.target() != Compare.Target.VALUE && relates(compare, Long.compare(0, compare.number()));
        }
        return found.stream().allMatch(kv -> relates(compare, switch (compare.target()) {
            case VERSION -> Long.compare(kv.version(), compare.number());
            case CREATE -> Long.compare(kv.createRevision(), compare.number());
            case MOD -> Long.compare(kv.modRevision(), compare.number());
            case LEASE -> Long.compare(kv.lease(), compare.number());
            case VALUE -> kv.value().compareTo(compare.value());
        }));
    }

    private static boolean relates(Compare compare, int order) {
        return switch (compare.result()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case GREATER -> order > 0;
        };
    }
}
