package io.matriarch.store;

import io.matriarch.store.Permission.Kind;
import java.util.List;
import java.util.Optional;

/** Whether a user may do what a command does: every operation of it, in whichever branch of a transaction. */
final class AuthRules {

    private final AuthState auth;
    private final LeaseTable leases;
    private final String user;

    private AuthRules(AuthState auth, LeaseTable leases, String user) {
        this.auth = auth;
        this.leases = leases;
        this.user = user;
    }

    /** The reason for a refusal; nothing is refused while nobody is to be asked. */
    static Optional<StoreError> check(Command.As request, AuthState auth, LeaseTable leases) {
        if (!auth.enabled() || isForAnyone(request.command())) {
            return Optional.empty();
        }
        Optional<StoreError> unknown = checkUser(request.user(), request.authRevision(), auth);
        if (unknown.isPresent()) {
            return unknown;
        }
        return new AuthRules(auth, leases, request.user()).allows(request.command()) ? Optional.empty()
                : Optional.of(StoreError.PERMISSION_DENIED);
    }

    /** As with etcd, a lease without keys says nothing and takes nothing. */
    private static boolean isForAnyone(Command command) {
        return command instanceof Command.LeaseGrant || command instanceof Command.LeaseRenew
                || command instanceof Command.Barrier;
    }

    static Optional<StoreError> checkUser(String user, long authRevision, AuthState auth) {
        if (user.isEmpty()) {
            return Optional.of(StoreError.USER_EMPTY);
        }
        if (authRevision < auth.revision()) {
            return Optional.of(StoreError.AUTH_REVISION_OLD);
        }
        return auth.users().containsKey(user) ? Optional.empty() : Optional.of(StoreError.PERMISSION_DENIED);
    }

    static Optional<StoreError> checkRead(String user, long authRevision, Bytes key, Bytes rangeEnd, AuthState auth) {
        if (!auth.enabled()) {
            return Optional.empty();
        }
        Optional<StoreError> unknown = checkUser(user, authRevision, auth);
        return unknown.isPresent() || auth.allows(user, Kind.READ, key, rangeEnd) ? unknown
                : Optional.of(StoreError.PERMISSION_DENIED);
    }

    private boolean allows(Command command) {
        if (command instanceof Command.Put put) {
            return auth.allows(user, Kind.WRITE, put.key(), Bytes.EMPTY) && mayTouch(put.lease())
                    && (!put.prevKv() || auth.allows(user, Kind.READ, put.key(), Bytes.EMPTY));
        }
        if (command instanceof Command.DeleteRange delete) {
            return auth.allows(user, Kind.WRITE, delete.key(), delete.rangeEnd())
                    && (!delete.prevKv() || auth.allows(user, Kind.READ, delete.key(), delete.rangeEnd()));
        }
        if (command instanceof Command.Txn txn) {
            return txn.compares().stream().allMatch(c -> auth.allows(user, Kind.READ, c.key(), c.rangeEnd()))
                    && allows(txn.success()) && allows(txn.failure());
        }
        if (command instanceof Command.LeaseRevoke revoke) {
            return mayTouch(revoke.id());
        }
        return auth.isRoot(user);
    }

    private boolean allows(List<Op> ops) {
        for (Op op : ops) {
            boolean allowed;
            if (op instanceof Op.RangeOp range) {
                allowed = auth.allows(user, Kind.READ, range.range().key(), range.range().rangeEnd());
            } else if (op instanceof Op.PutOp put) {
                allowed = allows(put.put());
            } else if (op instanceof Op.DeleteOp delete) {
                allowed = allows(delete.delete());
            } else if (op instanceof Op.TxnOp txn) {
                allowed = allows(txn.txn());
            } else {
                allowed = auth.isRoot(user);
            }
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    /** Whoever can end a lease can delete its keys, and whoever puts a key on it decides how long the others live. */
    private boolean mayTouch(long lease) {
        return lease == 0 || leases.state(lease).map(LeaseState::keys).stream().flatMap(java.util.Collection::stream)
                .allMatch(key -> auth.allows(user, Kind.WRITE, key, Bytes.EMPTY));
    }
}
