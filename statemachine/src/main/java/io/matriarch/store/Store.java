package io.matriarch.store;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The key-value state of the consensus group.
 *
 * <p>{@link #apply} is total and deterministic: it never throws, and the same commands give the same state. One thread
 * applies; the caller orders reads with it.
 */
public final class Store {

    /** An empty store at revision 1, as a new etcd has. */
    public Store(StoreLimits limits) {
        throw new UnsupportedOperationException();
    }

    /**
     * Applies one entry of the log.
     *
     * @param index index of the entry; entries at or below {@link #appliedIndex} are ignored by the caller
     * @param stampMillis wall time the Raft leader put into the entry, for display only; the store keeps the maximum
     */
    public Applied apply(long index, long stampMillis, Command command) {
        throw new UnsupportedOperationException();
    }

    /** Reads; the result is a {@link Result.RangeResult} or a {@link Result.ErrorResult}. */
    public Result range(RangeRequest request) {
        throw new UnsupportedOperationException();
    }

    /** All changes from a revision on, oldest first, one list for each revision; empty when some are compacted. */
    public Optional<List<List<Event>>> eventsSince(long revision) {
        throw new UnsupportedOperationException();
    }

    public long revision() {
        throw new UnsupportedOperationException();
    }

    public long compactedRevision() {
        throw new UnsupportedOperationException();
    }

    public long appliedIndex() {
        throw new UnsupportedOperationException();
    }

    public Collection<LeaseState> leases() {
        throw new UnsupportedOperationException();
    }

    public Optional<LeaseState> lease(long id) {
        throw new UnsupportedOperationException();
    }
}
