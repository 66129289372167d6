package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import java.time.Duration;

/**
 * What rules the decisions on one tick: the agent's own configuration and the config key, merged and checked.
 *
 * @param leaderLease          lease of the leader key
 * @param maximumLagOnFailover bytes
 * @param mayBootstrap         the file has a bootstrap section and no tag forbids it
 * @param failoverPriority     effective: 0 with nofailover
 * @param sync                 how replication is to be synchronous
 * @param failsafe             the primary may lead on without the store as long as every other member agrees
 */
public record HaSettings(MemberName me, Duration loopWait, Duration ttl, Duration retryTimeout, Duration leaderLease,
                         long maximumLagOnFailover, Duration primaryStartTimeout, Duration pgCtlTimeout,
                         boolean checkTimeline, boolean useSlots, boolean mayBootstrap, boolean nofailover,
                         int failoverPriority, boolean nostream, java.util.Optional<MemberName> replicatefrom,
                         java.util.Map<String, Object> initialConfig, SyncSettings sync, boolean failsafe) {

    /** Settings without the failsafe mode. */
    public HaSettings(MemberName me, Duration loopWait, Duration ttl, Duration retryTimeout, Duration leaderLease,
                      long maximumLagOnFailover, Duration primaryStartTimeout, Duration pgCtlTimeout,
                      boolean checkTimeline, boolean useSlots, boolean mayBootstrap, boolean nofailover,
                      int failoverPriority, boolean nostream, java.util.Optional<MemberName> replicatefrom,
                      java.util.Map<String, Object> initialConfig, SyncSettings sync) {
        this(me, loopWait, ttl, retryTimeout, leaderLease, maximumLagOnFailover, primaryStartTimeout, pgCtlTimeout,
                checkTimeline, useSlots, mayBootstrap, nofailover, failoverPriority, nostream, replicatefrom,
                initialConfig, sync, false);
    }

    /** Settings without synchronous replication. */
    public HaSettings(MemberName me, Duration loopWait, Duration ttl, Duration retryTimeout, Duration leaderLease,
                      long maximumLagOnFailover, Duration primaryStartTimeout, Duration pgCtlTimeout,
                      boolean checkTimeline, boolean useSlots, boolean mayBootstrap, boolean nofailover,
                      int failoverPriority, boolean nostream, java.util.Optional<MemberName> replicatefrom,
                      java.util.Map<String, Object> initialConfig) {
        this(me, loopWait, ttl, retryTimeout, leaderLease, maximumLagOnFailover, primaryStartTimeout, pgCtlTimeout,
                checkTimeline, useSlots, mayBootstrap, nofailover, failoverPriority, nostream, replicatefrom,
                initialConfig, SyncSettings.OFF);
    }
}
