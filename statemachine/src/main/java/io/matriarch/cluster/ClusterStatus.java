package io.matriarch.cluster;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The status key: how far the leader's log is.
 *
 * @param optime      the leader's position
 * @param slots       position of each replication slot
 * @param retainSlots slots kept for members that are away
 */
public record ClusterStatus(Lsn optime, Map<String, Lsn> slots, List<String> retainSlots) {

    public static final ClusterStatus EMPTY = new ClusterStatus(Lsn.ZERO, Map.of(), List.of());

    public ClusterStatus {
        slots = Collections.unmodifiableMap(new LinkedHashMap<>(slots));
        retainSlots = List.copyOf(retainSlots);
    }
}
