package io.matriarch.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way a transaction goes: which branch runs, decided for the whole tree against the state before the transaction.
 */
record Branch(boolean succeeded, List<Step> steps) {

    /** One operation of the branch; {@code nested} is set for a transaction inside. */
    record Step(Op op, Optional<Branch> nested) {
    }

    /** A branch of a single operation, for commands that are not transactions. */
    static Branch of(Op op) {
        return new Branch(true, List.of(new Step(op, Optional.empty())));
    }

    static Branch choose(Command.Txn txn, VersionedKeys keys) {
        boolean succeeded = txn.compares().stream().allMatch(compare -> holds(compare, keys));
        List<Step> steps = new ArrayList<>();
        for (Op op : succeeded ? txn.success() : txn.failure()) {
            steps.add(new Step(op, op instanceof Op.TxnOp inner
                    ? Optional.of(choose(inner.txn(), keys)) : Optional.empty()));
        }
        return new Branch(succeeded, steps);
    }

    private static boolean holds(Compare compare, VersionedKeys keys) {
        List<KeyValue> found = keys.range(compare.key(), compare.rangeEnd(), Long.MAX_VALUE);
        if (found.isEmpty()) {
            return compare.target() != Compare.Target.VALUE
                    && relationHolds(compare.result(), Long.compare(0, compare.number()));
        }
        return found.stream().allMatch(kv -> relationHolds(compare.result(), order(compare, kv)));
    }

    private static int order(Compare compare, KeyValue kv) {
        return switch (compare.target()) {
            case VERSION -> Long.compare(kv.version(), compare.number());
            case CREATE -> Long.compare(kv.createRevision(), compare.number());
            case MOD -> Long.compare(kv.modRevision(), compare.number());
            case LEASE -> Long.compare(kv.lease(), compare.number());
            case VALUE -> kv.value().compareTo(compare.value());
        };
    }

    private static boolean relationHolds(Compare.Result relation, int order) {
        return switch (relation) {
            case EQUAL -> order == 0;
            case GREATER -> order > 0;
            case LESS -> order < 0;
            case NOT_EQUAL -> order != 0;
        };
    }
}
