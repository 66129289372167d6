package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.loop.AgentControl;
import io.matriarch.loop.NodeStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What an operator may have done to the PostgreSQL of this member. */
final class PostgresEndpoints {

    private static final Duration CUT_PATIENCE = Duration.ofSeconds(2);
    private static final Duration REINITIALIZE_PATIENCE = Duration.ofSeconds(30);

    private final ClusterReader cluster;
    private final AgentControl control;
    private final InstantSource wall;

    PostgresEndpoints(ClusterReader cluster, AgentControl control, InstantSource wall) {
        this.cluster = cluster;
        this.control = control;
        this.wall = wall;
    }

    Reply reload() {
        control.reload();
        return Reply.text(202, "reload scheduled");
    }

    /** Restarts now and answers when it is done. */
    Reply restart(Request request) throws Refusal {
        Map<String, Object> body = request.body().optional();
        NodeStatus status = status();
        boolean paused = status.cluster().map(ClusterView::isPaused).orElse(false);
        RestartFilter filter = RestartFilter.parse(body, paused, wall.instant());
        if (filter.scheduled()) {
            return Reply.text(501, "scheduled restart is not available in this version");
        }
        if (!filter.matches(status)) {
            return Reply.text(503, "restart conditions are not satisfied");
        }
        refuseWhileBusy(status);
        Duration start = filter.timeout().orElse(status.settings().primaryStartTimeout());
        Duration startTimeout = start.isZero() ? status.settings().pgCtlTimeout() : start;
        AgentControl.Reply done = control.restart(startTimeout, startTimeout.plus(status.settings().pgCtlTimeout()));
        return done.ok() ? Reply.text(200, "restarted successfully")
                : Reply.text(503, done.message().isBlank() ? "restart failed" : done.message());
    }

    /** Scheduled restarts do not exist yet, so there is never one to delete. */
    Reply deleteRestart() {
        return Reply.text(404, "no restarts are scheduled");
    }

    /** Has the data directory of a replica made anew; answers when that has begun. */
    Reply reinitialize(Request request) throws Refusal {
        Map<String, Object> body = request.body().optional();
        boolean force = isTrue(body.get("force"));
        NodeStatus status = status();
        MemberName me = status.settings().me();
        Optional<ClusterView> view = cluster.remembered();
        if (view.map(ClusterView::isUnlocked).orElse(true)) {
            return Reply.text(503, "Cluster has no leader, can not reinitialize");
        }
        if (view.get().isLockedBy(me)) {
            return Reply.text(503, "I am the leader, can not reinitialize");
        }
        if (!force) {
            refuseWhileBusy(status);
        }
        AgentControl.Reply begun = control.reinitialize(force, isTrue(body.get("from_leader")), REINITIALIZE_PATIENCE);
        return begun.ok() ? Reply.text(200, "reinitialize started") : Reply.text(503, begun.message());
    }

    /** Cuts this member from every earlier holder of the lock and answers with what it has then: its vote. */
    Reply cut(Request request) throws Refusal {
        Map<String, Object> body = request.body().optional();
        boolean complete = body.get("epoch") instanceof Number epoch && epoch.longValue() > 0
                && body.get("leader") instanceof String leader && !leader.isBlank() && leader.indexOf('/') < 0;
        if (!complete) {
            return Reply.text(400, "epoch and leader are needed");
        }
        AgentControl.CutReply reply = control.cut(new OperatorIntent.CutRequest(
                new Revision(((Number) body.get("epoch")).longValue()), new MemberName((String) body.get("leader"))), CUT_PATIENCE);
        if (reply.vote().isEmpty()) {
            return Reply.text(409, reply.refusal());
        }
        Map<String, Object> vote = new LinkedHashMap<>();
        vote.put("epoch", reply.vote().get().epoch().value());
        vote.put("timeline", reply.vote().get().timeline().value());
        vote.put("lsn", reply.vote().get().position().value());
        return Reply.json(200, vote);
    }

    /** Promises a member that leads without the store not to take the lock, and tells how far this one is. */
    Reply failsafe(Request request) throws Refusal {
        Map<String, Object> body = request.body().required();
        if (!(body.get("name") instanceof String name) || name.isBlank() || name.indexOf('/') >= 0) {
            return Reply.text(400, "name is needed");
        }
        return switch (control.failsafe(new MemberName(name))) {
            case OFF -> Reply.errorPage(502, "Bad Gateway", "failsafe mode is disabled");
            case LEADING -> Reply.text(500, "Running as a leader");
            case PROMISED -> status().postgres().position().isKnown() ? Reply.text(200, "Accepted")
                    .withHeader("lsn", String.valueOf(status().postgres().position().value())) : Reply.text(200, "Accepted");
        };
    }

    private NodeStatus status() throws Refusal {
        Optional<NodeStatus> status = cluster.status();
        if (status.isEmpty()) {
            throw Refusal.text(503, "the agent is still starting");
        }
        return status.get();
    }

    private static void refuseWhileBusy(NodeStatus status) throws Refusal {
        if (status.task().isPresent() && status.task().get().isRunning()) {
            throw Refusal.text(503, status.task().get().operation().label() + " already in progress");
        }
    }

    private static boolean isTrue(Object flag) {
        return Boolean.TRUE.equals(flag) || flag instanceof String s && s.equalsIgnoreCase("true");
    }
}
