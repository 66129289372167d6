package io.matriarch.loop;

import io.matriarch.cluster.ClusterView;
import io.matriarch.ha.Decision;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What one agent knew at the end of a tick; immutable, replaced as a whole.
 *
 * @param cluster      the last view that was read; valid for {@code ttl} after {@code clusterSeen}
 * @param clusterSeen  when that view was read
 * @param dcsLastSeen  the same moment on the wall clock
 * @param lock         the hold; its deadline is to be compared with the moment of use
 * @param tags         effective tags
 * @param nextTick     when the next tick is due at the latest
 */
public record NodeStatus(Tick taken, Optional<ClusterView> cluster, Tick clusterSeen, Instant dcsLastSeen,
                         LockHold lock, PostgresStatus postgres, Optional<LongTaskStatus> task, HaSettings settings,
                         Map<String, Object> tags, Optional<Decision> decision, Tick nextTick) {

    /** The view, unless it has aged beyond {@code ttl}. */
    public Optional<ClusterView> freshCluster(Tick now) {
        return now.since(clusterSeen).compareTo(settings.ttl()) < 0 ? cluster : Optional.empty();
    }

    /** Whether the proven time of the leader lock lasts at this moment. */
    public boolean isLeaderAt(Tick now) {
        return lock.isValidAt(now);
    }
}
