package io.matriarch.store;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The leases and which keys live on each. */
final class LeaseTable {

    /** etcd's upper bound of 9,000,000,000 seconds. */
    static final long MAX_TTL_MILLIS = 9_000_000_000_000L;

    private final NavigableMap<Long, Lease> leases = new TreeMap<>();
    private final TreeSet<Long> touched = new TreeSet<>();
    private long lastChosen;

    /** One lease while the store works on it. */
    private static final class Lease {
        private long ttlMillis;
        private long sequence;
        private long position;
        private final TreeSet<Bytes> keys = new TreeSet<>();
    }

    boolean exists(long id) {
        return leases.containsKey(id);
    }

    /**
     * Grants a lease; one that exists is renewed when the duration differs and otherwise left as it is.
     *
     * @param id 0 for the next free one
     * @return the identity
     */
    long grant(long id, long ttlMillis) {
        long chosen = id == 0 ? nextFree() : id;
        long ttl = Math.max(1, ttlMillis);
        Lease lease = leases.get(chosen);
        if (lease == null) {
            lease = new Lease();
            leases.put(chosen, lease);
            touched.add(chosen);
        } else if (lease.ttlMillis != ttl) {
            lease.sequence++;
            touched.add(chosen);
        }
        lease.ttlMillis = ttl;
        return chosen;
    }

    private long nextFree() {
        do {
            lastChosen = lastChosen == Long.MAX_VALUE ? 1 : lastChosen + 1;
        } while (leases.containsKey(lastChosen));
        return lastChosen;
    }

    /** Renews a lease that exists. */
    void renew(long id, long position, long ttlMillis) {
        Lease lease = leases.get(id);
        lease.sequence++;
        if (position != 0) {
            lease.position = position;
        }
        if (ttlMillis > 0) {
            lease.ttlMillis = ttlMillis;
        }
        touched.add(id);
    }

    /** Ends a lease that exists and returns the keys that lived on it, ascending. */
    List<Bytes> remove(long id) {
        touched.add(id);
        return List.copyOf(leases.remove(id).keys);
    }

    void attach(long id, Bytes key) {
        if (id != 0) {
            leases.get(id).keys.add(key);
        }
    }

    void detach(long id, Bytes key) {
        Lease lease = leases.get(id);
        if (lease != null) {
            lease.keys.remove(key);
        }
    }

    /** How many keys live on a lease; none when it is not there. */
    int keyCount(long id) {
        Lease lease = leases.get(id);
        return lease == null ? 0 : lease.keys.size();
    }

    long ttlMillis(long id) {
        return leases.get(id).ttlMillis;
    }

    long sequence(long id) {
        return leases.get(id).sequence;
    }

    long lastChosen() {
        return lastChosen;
    }

    /** The leases touched since the last call. */
    List<Long> takeTouched() {
        if (touched.isEmpty()) {
            return List.of();
        }
        List<Long> taken = List.copyOf(touched);
        touched.clear();
        return taken;
    }

    Optional<LeaseState> state(long id) {
        return Optional.ofNullable(leases.get(id)).map(lease -> state(id, lease));
    }

    List<LeaseState> states() {
        List<LeaseState> all = new ArrayList<>(leases.size());
        leases.forEach((id, lease) -> all.add(state(id, lease)));
        return List.copyOf(all);
    }

    private static LeaseState state(long id, Lease lease) {
        return new LeaseState(id, lease.ttlMillis, lease.sequence, lease.position,
                java.util.Collections.unmodifiableSortedSet(new TreeSet<>(lease.keys)));
    }

    /** Puts a lease back as a snapshot brings it, without keys. */
    void restore(long id, long ttlMillis, long sequence, long position) {
        Lease lease = new Lease();
        lease.ttlMillis = ttlMillis;
        lease.sequence = sequence;
        lease.position = position;
        leases.put(id, lease);
    }

    void restoreLastChosen(long id) {
        lastChosen = id;
    }
}
