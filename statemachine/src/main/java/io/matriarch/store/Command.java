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

    record Put(Bytes key, Bytes value, long lease, boolean prevKv) implements Command {
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
}
