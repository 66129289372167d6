package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.store.Applied;
import io.matriarch.store.Event;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Who got the leader lock when, read from the committed log itself and from nobody's belief. */
final class LockHistory {

    private final String key;
    private final Map<MemberName, Grant> latest = new HashMap<>();
    private Optional<Grant> current = Optional.empty();
    private long grants;

    /** @param key path of the leader key */
    LockHistory(String key) {
        this.key = key;
    }

    void committed(Applied applied, long now) {
        for (Event event : applied.events()) {
            if (event.kv().key().utf8().equals(key)) {
                changed(event, now);
            }
        }
    }

    private void changed(Event event, long now) {
        if (event.type() == Event.Type.DELETE) {
            current = Optional.empty();
            return;
        }
        MemberName holder = new MemberName(event.kv().value().utf8());
        long lease = event.kv().lease();
        if (current.isEmpty() || current.get().lease != lease) {
            Grant grant = new Grant(holder, lease, event.kv().modRevision(), now);
            current = Optional.of(grant);
            latest.put(holder, grant);
            grants++;
        }
    }

    /** The lock as the log has it now. */
    Optional<Grant> current() {
        return current;
    }

    Optional<Grant> latestOf(MemberName name) {
        return Optional.ofNullable(latest.get(name));
    }

    boolean isHeldBy(MemberName name) {
        return current.isPresent() && current.get().holder.equals(name);
    }

    /** How often the lock was given. */
    long grants() {
        return grants;
    }

    /**
     * One time the lock was given.
     *
     * @param epoch revision of the entry
     * @param at    real time
     */
    record Grant(MemberName holder, long lease, long epoch, long at) {
    }
}
