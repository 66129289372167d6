package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.dcs.WriteResult;
import java.util.Map;
import java.util.Optional;

/** Port: what the commands read and write in the store, for one cluster. One thread; every call blocks for seconds at most. */
interface ClusterAccess extends AutoCloseable {

    /**
     * A linearizable read.
     *
     * @throws CtlError when the store does not answer
     */
    ClusterView read();

    WriteResult writeConfig(Map<String, Object> document, Revision expected);

    WriteResult requestFailover(Optional<MemberName> leader, Optional<MemberName> candidate,
                                Optional<String> scheduledAt);

    @Override
    void close();

    /** Opens the store of a cluster. */
    @FunctionalInterface
    interface Opener {

        /** @throws CtlError when the configuration names no store */
        ClusterAccess open(io.matriarch.config.ClientConfig config, String cluster);
    }
}
