package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leading without the store: in every tick the primary asks all other members on the list of the failsafe key for their
 * promise not to take the lock. When every one of them has promised it, the lock counts as if it had been renewed. The
 * loop's thread alone.
 */
final class FailsafeRounds {

    private static final Logger LOG = LoggerFactory.getLogger(FailsafeRounds.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final HaPorts ports;
    private final LeaderLockKeeper keeper;
    private final Deadline deadline;
    private Map<String, String> members = Map.of();
    private boolean active;

    FailsafeRounds(HaPorts ports, LeaderLockKeeper keeper) {
        this.ports = ports;
        this.keeper = keeper;
        this.deadline = new Deadline(ports.ticker(), keeper);
    }

    /** Asks when the store is away. */
    void keep(Observation seen) {
        seen.cluster().ifPresent(view -> members = view.failsafe());
        if (!isNeeded(seen)) {
            active = active && seen.cluster().isEmpty();
            return;
        }
        LockHold hold = keeper.hold();
        Map<MemberName, String> others = new TreeMap<>();
        members.forEach((name, url) -> others.put(new MemberName(name), url));
        others.remove(seen.settings().me());
        LeaderLockKeeper.Moment sent = keeper.moment();
        Set<MemberName> promised = others.isEmpty() ? Set.of()
                : ports.peers().failsafe(others, question(seen), deadline.of(PATIENCE, true));
        if (promised.containsAll(others.keySet())) {
            if (!active) {
                LOG.info("the store is away; all members of the failsafe list have promised not to take the lock: {}", promised);
            }
            active = true;
            keeper.promised(hold.lock().orElseThrow(), sent, seen.settings().leaderLease());
        } else {
            others.keySet().removeAll(promised);
            LOG.warn("the store is away and not all members of the failsafe list agree that this one leads: {}", others.keySet());
        }
    }

    private boolean isNeeded(Observation seen) {
        LockHold hold = keeper.hold();
        Tick now = ports.ticker().now();
        if (!seen.settings().failsafe() || seen.memory().paused() || !hold.isValidAt(now) || !seen.postgres().isRunningPrimary()
                || !members.containsKey(seen.settings().me().value())) {
            return false;
        }
        Tick late = now.plus(seen.settings().leaderLease().dividedBy(2));
        return seen.cluster().isEmpty() || hold.validUntil().filter(until -> until.isBefore(late)).isPresent();
    }

    private String question(Observation seen) {
        MemberCard card = ports.settings().card();
        Map<String, Object> fields = new TreeMap<>();
        fields.put("name", seen.settings().me().value());
        card.connUrl().ifPresent(url -> fields.put("conn_url", url));
        card.apiUrl().ifPresent(url -> fields.put("api_url", url));
        fields.put("slots", Map.of());
        return PeerReports.text(fields);
    }
}
