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
 * @param cuts    the votes of the cut that was performed or collected here last, this member's own among them
 */
public record Observation(Tick now, Instant wall, Optional<ClusterView> cluster, LockHold lock,
                          PostgresStatus postgres, Map<MemberName, PeerReport> peers, Optional<LongTaskStatus> task,
                          OperatorIntent intent, HaSettings settings, HaMemory memory, Map<MemberName, CutVote> cuts) {

    public Observation {
        peers = Map.copyOf(peers);
        cuts = Map.copyOf(cuts);
    }

    /** An observation while no cut was performed or collected. */
    public Observation(Tick now, Instant wall, Optional<ClusterView> cluster, LockHold lock, PostgresStatus postgres,
                       Map<MemberName, PeerReport> peers, Optional<LongTaskStatus> task, OperatorIntent intent,
                       HaSettings settings, HaMemory memory) {
        this(now, wall, cluster, lock, postgres, peers, task, intent, settings, memory, Map.of());
    }

    /** Whether something of the data directory may acknowledge commits, now or once the running operation is done. */
    public boolean mayWrite() {
        return postgres.mayWrite() || isBecomingPrimary(task);
    }

    /**
     * Whether an operation may end, or has just ended, as a server that accepts writes. One that has ended counts until
     * its outcome was seen together with the server.
     */
    public static boolean isBecomingPrimary(Optional<LongTaskStatus> task) {
        return task.map(LongTaskStatus::operation)
                .filter(operation -> operation instanceof Operation.Promote
                        || operation instanceof Operation.StartPrimary || operation instanceof Operation.Restart)
                .isPresent();
    }
}
