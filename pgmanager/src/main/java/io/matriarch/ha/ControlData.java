package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;

/**
 * What {@code pg_controldata} says of a data directory.
 *
 * @param clusterState   for example {@code in production}, {@code shut down}, {@code in archive recovery}
 * @param checkpoint     location of the latest checkpoint
 * @param minRecoveryEnd minimum recovery ending location; zero on a primary
 */
public record ControlData(String systemIdentifier, String clusterState, Timeline checkpointTimeline, Lsn checkpoint,
                          Lsn minRecoveryEnd, Timeline minRecoveryTimeline, boolean dataChecksums,
                          boolean walLogHints) {

    public boolean isShutDownCleanly() {
        return clusterState.equals("shut down") || clusterState.equals("shut down in recovery");
    }
}
