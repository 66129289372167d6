package io.matriarch.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * All keys of one cluster, read at one revision.
 *
 * @param revision   revision of the store at which the keys were read
 * @param initialize value of the initialize key: empty while somebody founds the cluster, then the system identifier
 * @param failsafe   members by API URL, as the leader last saw them
 */
public record ClusterView(Revision revision, Optional<String> initialize, Optional<LeaderLock> leader,
                          SortedMap<MemberName, Member> members, DynamicConfig config,
                          Optional<FailoverRequest> failover, TimelineHistory history, ClusterStatus status,
                          Optional<SyncState> sync, Map<String, String> failsafe) {

    public boolean isUnlocked() {
        return leader.isEmpty();
    }

    public boolean isLockedBy(MemberName name) {
        return leader.isPresent() && leader.get().holder().equals(name);
    }

    public Optional<Member> member(MemberName name) {
        return Optional.ofNullable(members.get(name));
    }

    /** Whether cluster management is paused. */
    public boolean isPaused() {
        Object pause = config.document().get("pause");
        return pause instanceof Boolean b ? b : pause != null && isOn(pause.toString());
    }

    private static boolean isOn(String text) {
        return switch (text.toLowerCase(java.util.Locale.ROOT)) {
            case "on", "true", "yes", "1" -> true;
            default -> false;
        };
    }
}
