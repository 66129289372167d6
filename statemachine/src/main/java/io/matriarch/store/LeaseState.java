package io.matriarch.store;

import java.util.SortedSet;

/**
 * One lease.
 *
 * @param sequence number of renewals applied, 0 before the first
 * @param position log position that came with the last renewal
 * @param keys     the keys that live on the lease
 */
public record LeaseState(long id, long ttlMillis, long sequence, long position, SortedSet<Bytes> keys) {
}
