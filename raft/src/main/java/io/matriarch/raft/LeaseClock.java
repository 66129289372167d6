package io.matriarch.raft;

import io.matriarch.store.LeaseState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * When each lease ran last on this peer's own monotonic clock; a side table, neither replicated nor stored.
 *
 * <p>The time is that of the local application of the grant or renewal. It is never before the holder sent it, so a
 * lease that is due here has run out for its holder too. Times are nanoseconds; threads: any.
 */
final class LeaseClock {

    /** A lease that ran out, and the renewals seen until then. */
    record Due(long id, long sequence) {
    }

    private record Noted(long ttlNanos, long sequence, long at) {

        long left(long now) {
            return ttlNanos - (now - at);
        }
    }

    private final Map<Long, Noted> leases = new HashMap<>();

    /** A lease was granted or renewed; one that is known with the same sequence keeps its time. */
    synchronized void note(LeaseState lease, long now) {
        Noted known = leases.get(lease.id());
        long ttl = Math.multiplyExact(Math.min(lease.ttlMillis(), 9_000_000_000L), 1_000_000L);
        if (known == null || known.sequence != lease.sequence()) {
            leases.put(lease.id(), new Noted(ttl, lease.sequence(), now));
        }
    }

    synchronized void forget(long id) {
        leases.remove(id);
    }

    /** Brings the table in line with the leases there are; those not known yet start now. */
    synchronized void reconcile(Collection<LeaseState> present, long now) {
        Map<Long, LeaseState> byId = new HashMap<>();
        present.forEach(l -> byId.put(l.id(), l));
        leases.keySet().retainAll(byId.keySet());
        present.forEach(l -> note(l, now));
    }

    /** After a restart nothing is known of the past: every lease starts now. */
    synchronized void restart(Collection<LeaseState> present, long now) {
        leases.clear();
        present.forEach(l -> note(l, now));
    }

    synchronized List<Due> due(long now) {
        List<Due> due = new ArrayList<>();
        leases.forEach((id, noted) -> {
            if (noted.left(now) <= 0) {
                due.add(new Due(id, noted.sequence));
            }
        });
        return due;
    }

    /** Time until a lease is due, not below zero; empty when it is not known. */
    synchronized OptionalLong left(long id, long now) {
        Noted noted = leases.get(id);
        return noted == null ? OptionalLong.empty() : OptionalLong.of(Math.max(0, noted.left(now)));
    }

    /** Time until the first lease is due, not below zero; empty when there is none. */
    synchronized OptionalLong untilDue(long now) {
        return leases.values().stream().mapToLong(n -> Math.max(0, n.left(now))).min();
    }
}
