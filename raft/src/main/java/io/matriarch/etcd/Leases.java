package io.matriarch.etcd;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What is known here of the leases that this process uses: how long they last and which key is on them. Any thread. */
final class Leases {

    private static final int MOST = 256;

    private record Known(long seconds, Optional<String> key) {
    }

    private final Map<Long, Known> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Known> eldest) {
            return size() > MOST;
        }
    };

    /** Seconds a lease was granted for; empty when that is not known. */
    synchronized Optional<Long> seconds(long id) {
        return Optional.ofNullable(known.get(id)).map(Known::seconds);
    }

    synchronized void granted(long id, long seconds) {
        known.put(id, new Known(seconds, key(id)));
    }

    /** A key on it, in base64. */
    synchronized Optional<String> key(long id) {
        return Optional.ofNullable(known.get(id)).flatMap(Known::key);
    }

    synchronized void holds(long id, String key) {
        known.computeIfPresent(id, (same, lease) -> new Known(lease.seconds, Optional.of(key)));
    }

    synchronized void gone(long id) {
        known.remove(id);
    }
}
