package io.matriarch.store;

import java.util.List;

/**
 * One entry of the replicated log. A command carries everything its application needs: apply reads no clock and no
 * random number. Durations are milliseconds.
 */
public sealed interface Command {

    /** Changes nothing; its commit proves that whatever was acknowledged before is applied. */
    record Barrier() implements Command {
    }

    /**
     * Puts a key. A lease the key lived on is left, unless it is named again or kept.
     *
     * @param ignoreValue keeps the value the key has; {@code value} must be empty and the key be there
     * @param ignoreLease keeps the lease the key has; {@code lease} must be 0 and the key be there
     */
    record Put(Bytes key, Bytes value, long lease, boolean prevKv, boolean ignoreValue, boolean ignoreLease)
            implements Command {

        /** A put that replaces value and lease. */
        public Put(Bytes key, Bytes value, long lease, boolean prevKv) {
            this(key, value, lease, prevKv, false, false);
        }
    }

    /** Deletes {@code key}, or with a non-empty {@code rangeEnd} the range; one zero byte means: to the last key. */
    record DeleteRange(Bytes key, Bytes rangeEnd, boolean prevKv) implements Command {
    }

    /** When every compare holds the {@code success} operations run, otherwise {@code failure}; all at one revision. */
    record Txn(List<Compare> compares, List<Op> success, List<Op> failure) implements Command {

        public Txn {
            compares = List.copyOf(compares);
            success = List.copyOf(success);
            failure = List.copyOf(failure);
        }
    }

    /** Forgets the history below {@code revision}. */
    record Compact(long revision) implements Command {
    }

    /**
     * Grants a lease; {@code id} 0 lets the store choose the next free one. Answered with a
     * {@link Result.LeaseResult}; refused when the lease exists.
     */
    record LeaseGrant(long id, long ttlMillis) implements Command {
    }

    /**
     * Renews a lease: its sequence goes up by one.
     *
     * @param position  flush position of the holder's log, kept with the lease; 0 keeps the former one
     * @param ttlMillis new duration of the lease; 0 keeps it
     */
    record LeaseRenew(long id, long position, long ttlMillis) implements Command {
    }

    /**
     * Ends a lease and deletes its keys, unless it was renewed after {@code sequenceSeen}: then nothing changes and the
     * answer has the duration that the lease still has, otherwise 0.
     */
    record LeaseExpire(long id, long sequenceSeen) implements Command {
    }

    /** Ends a lease and deletes its keys. */
    record LeaseRevoke(long id) implements Command {
    }

    /**
     * A command of somebody whom the store does not trust: refused unless that user may do all that it does.
     *
     * @param user         empty for somebody who did not say who he is
     * @param authRevision the {@link AuthState#revision} that the user was identified at
     */
    record As(String user, long authRevision, Command command) implements Command {
    }

    /**
     * A change of users, roles and permissions.
     *
     * @param name       of the user
     * @param role       of the role
     * @param secret     of a user: what the password is checked against; of {@code ENABLE}: the key of the tokens
     * @param permission for {@code ROLE_GRANT} and {@code ROLE_REVOKE}, whose kind means nothing
     */
    record Auth(Action action, String name, String role, Bytes secret, Permission permission) implements Command {

        /** What is changed. */
        public enum Action {
            ENABLE, DISABLE, USER_ADD, USER_DELETE, USER_PASSWORD, USER_GRANT, USER_REVOKE, ROLE_ADD, ROLE_DELETE, ROLE_GRANT,
            ROLE_REVOKE
        }

        private static final Permission NONE = new Permission(Permission.Kind.READ, Bytes.EMPTY, Bytes.EMPTY);

        /** A change that concerns no permission. */
        public Auth(Action action, String name, String role, Bytes secret) {
            this(action, name, role, secret, NONE);
        }

        /** Does not show the secret. */
        @Override
        public String toString() {
            return "Auth[" + action + " " + name + " " + role + "]";
        }
    }

    /** The command itself, without the name of who sent it. */
    static Command bare(Command command) {
        Command bare = command;
        while (bare instanceof As as) {
            bare = as.command();
        }
        return bare;
    }

    /**
     * Writes a note, or with an empty {@code text} erases it. Notes lie beside the keys: they have no revision and no
     * watcher sees them. They hold what the peers tell each other about themselves.
     */
    record Note(Bytes name, Bytes text) implements Command {
    }
}
