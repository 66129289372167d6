package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import java.util.Optional;

/**
 * What follows from a status at one moment; pure.
 *
 * @param view             the view of the cluster, unless it has aged beyond {@code ttl}
 * @param leader           the proven time of the leader lock lasts
 * @param standbyCluster   the cluster follows another one
 * @param paused           as last known, however old
 * @param state            interface string, {@code unknown} when PostgreSQL should run and did not answer, or when
 *                         nobody has looked for long
 * @param role             interface string
 * @param replicationState {@code streaming}, or empty when it does not stream
 * @param syncStandby      named in the sync key of a cluster in synchronous mode
 * @param quorumStandby    the same in quorum mode
 * @param leaderPosition   the latest position of the leader that is known; zero when none is
 */
record NodeFacts(Optional<ClusterView> view, boolean leader, boolean standbyCluster, boolean paused, String state,
                 String role, Optional<String> replicationState, boolean syncStandby, boolean quorumStandby,
                 Lsn leaderPosition) {

    static final String UNKNOWN = "unknown";

    static NodeFacts of(NodeStatus status, Tick now) {
        PostgresStatus pg = status.postgres();
        Optional<ClusterView> view = status.freshCluster(now);
        Optional<ClusterMode> mode = status.cluster().map(ClusterMode::of);
        boolean standbyCluster = mode.map(ClusterMode::standby).orElse(false);
        boolean leader = status.isLeaderAt(now);
        String role = role(pg, standbyCluster, leader);
        boolean named = role.equals(PostgresRole.REPLICA.wire()) && mode.map(ClusterMode::synchronous).orElse(false)
                && view.map(v -> ClusterMode.isInSync(v, status.settings().me())).orElse(false);
        boolean quorum = mode.map(ClusterMode::quorum).orElse(false);
        Lsn published = view.map(v -> v.status().optime()).orElse(Lsn.ZERO);
        Lsn received = pg.receiver().map(PostgresStatus.Receiver::latestEnd).orElse(Lsn.ZERO);
        return new NodeFacts(view, leader, standbyCluster, status.cluster().map(ClusterView::isPaused).orElse(false),
                isForgotten(status, now) ? UNKNOWN : state(pg), role, replicationState(pg), named && !quorum,
                named && quorum, published.max(received));
    }

    boolean isRunning() {
        return state.equals(PostgresState.RUNNING.wire());
    }

    boolean isReplica() {
        return role.equals(PostgresRole.REPLICA.wire());
    }

    boolean isStandbyLeader() {
        return role.equals(PostgresRole.STANDBY_LEADER.wire());
    }

    boolean isPrimary() {
        return role.equals(PostgresRole.PRIMARY.wire());
    }

    boolean isStreaming() {
        return replicationState.isPresent();
    }

    boolean isUnlocked() {
        return view.map(ClusterView::isUnlocked).orElse(true);
    }

    /** Whether the loop is overdue by more than {@code ttl}, so that what it saw of PostgreSQL says nothing any more. */
    private static boolean isForgotten(NodeStatus status, Tick now) {
        return !now.isBefore(status.nextTick().plus(status.settings().ttl()));
    }

    private static String state(PostgresStatus pg) {
        return pg.state() == PostgresState.RUNNING && !pg.connectable() ? UNKNOWN : pg.state().wire();
    }

    private static String role(PostgresStatus pg, boolean standbyCluster, boolean leader) {
        if (!pg.connectable() || pg.role() == PostgresRole.PRIMARY) {
            return pg.role().wire();
        }
        boolean leads = pg.role() == PostgresRole.STANDBY_LEADER || leader;
        return standbyCluster && leads ? PostgresRole.STANDBY_LEADER.wire() : PostgresRole.REPLICA.wire();
    }

    private static Optional<String> replicationState(PostgresStatus pg) {
        return pg.isRunningReplica()
                ? pg.receiver().map(PostgresStatus.Receiver::status).filter("streaming"::equals) : Optional.empty();
    }
}
