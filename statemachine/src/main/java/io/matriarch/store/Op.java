package io.matriarch.store;

/** One operation inside a transaction. */
public sealed interface Op {

    record RangeOp(RangeRequest range) implements Op {
    }

    record PutOp(Command.Put put) implements Op {
    }

    record DeleteOp(Command.DeleteRange delete) implements Op {
    }

    record TxnOp(Command.Txn txn) implements Op {
    }

    /**
     * Grants a lease as part of the branch that runs, so that a lost race leaves no lease behind. Repeating a grant of
     * a lease that exists with the same duration changes nothing; with another duration it renews the lease to that
     * one. Not part of etcd's surface.
     */
    record GrantOp(Command.LeaseGrant grant) implements Op {
    }

    /** Ends a lease as part of the branch that runs; ending one that is gone changes nothing. Not part of etcd's surface. */
    record RevokeOp(Command.LeaseRevoke revoke) implements Op {
    }
}
