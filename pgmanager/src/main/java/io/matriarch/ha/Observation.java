package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a decision may rest on, seen within one round.
 *
 * @param wall    the same moment on the wall clock; only appointments with operators rest on it
 * @param cluster empty when the store does not answer
 * @param peers   the newest answers of other members, however old
 * @param task    the long operation that runs, or the one that ended since the last decision
 */
public record Observation(Tick now, Instant wall, Optional<ClusterView> cluster, LockHold lock,
                          PostgresStatus postgres, Map<MemberName, PeerReport> peers, Optional<LongTaskStatus> task,
                          OperatorIntent intent, HaSettings settings, HaMemory memory) {

    public Observation {
        peers = Map.copyOf(peers);
    }
}
