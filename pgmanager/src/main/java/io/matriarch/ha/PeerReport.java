package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Timeline;
import java.util.Map;

/**
 * What another member answered to {@code GET /patroni}.
 *
 * @param receivedAt when the answer came
 * @param running    whether its PostgreSQL answered a query lately
 * @param position   flush position of a primary, the later of received and replayed of a replica
 */
public record PeerReport(Tick receivedAt, boolean running, PostgresRole role, Lsn position, Timeline timeline,
                         boolean watchdogFailed, Map<String, Object> tags) {

    public PeerReport {
        tags = Map.copyOf(tags);
    }
}
