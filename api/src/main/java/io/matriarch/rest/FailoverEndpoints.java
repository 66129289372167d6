package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Orders to move the leader lock: written into the store, then watched until their fate is known. */
final class FailoverEndpoints {

    private static final Logger LOG = LoggerFactory.getLogger(FailoverEndpoints.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration FRESH_ENOUGH = Duration.ofSeconds(1);
    private static final Duration SHORTEST_LOOP_WAIT = Duration.ofSeconds(10);

    private final RestPorts ports;
    private final ClusterReader cluster;
    private final Eligibility eligibility;

    FailoverEndpoints(RestPorts ports, ClusterReader cluster) {
        this.ports = ports;
        this.cluster = cluster;
        this.eligibility = new Eligibility(ports.peers());
    }

    Reply switchover(Request request) throws Refusal {
        return order(true, request);
    }

    Reply failover(Request request) throws Refusal {
        return order(false, request);
    }

    /** Withdraws a scheduled switchover, which another tool may have written. */
    Reply deleteSwitchover() throws Refusal {
        Optional<FailoverRequest> pending = cluster.fresh().failover().filter(f -> f.scheduledAt().isPresent());
        if (pending.isEmpty()) {
            return Reply.text(404, "no switchover is scheduled");
        }
        WriteResult result = ports.dcs().clearFailover(pending.get().modified(), ClusterReader.TIMEOUT);
        return result.isApplied() ? Reply.text(200, "scheduled switchover deleted")
                : Reply.errorPage(409, "Conflict", "The request was changed by somebody else meanwhile");
    }

    private Reply order(boolean switchover, Request request) throws Refusal {
        Map<String, Object> body = request.body().required();
        ClusterView view = cluster.fresh();
        FailoverOrder order = FailoverOrder.parse(switchover, body, view, ports.wall().instant());
        if (order.scheduled()) {
            return Reply.text(501, "scheduled switchover is not available in this version");
        }
        if (order.switchover() && !switchover) {
            LOG.warn("received failover request for a named leader: performing a switchover instead");
        }
        eligibility.check(order, view);
        WriteResult written = ports.dcs().requestFailover(order.leader().map(MemberName::new),
                order.candidate().map(MemberName::new), Optional.empty(), ClusterReader.TIMEOUT);
        if (written instanceof WriteResult.Rejected) {
            return Reply.text(503, "failed to write failover key into DCS");
        }
        ports.control().wake();
        return await(order, view, written);
    }

    /** Waits until the lock has moved, or the request is gone without that. */
    private Reply await(FailoverOrder order, ClusterView before, WriteResult written) {
        Optional<String> holder = before.leader().map(l -> l.holder().value());
        Revision since = written instanceof WriteResult.Applied a ? a.revision() : before.revision();
        boolean isWritten = written.isApplied();
        Duration loopWait = cluster.status().map(s -> s.settings().loopWait()).orElse(SHORTEST_LOOP_WAIT);
        long seconds = 2 * Math.max(SHORTEST_LOOP_WAIT.toSeconds(), loopWait.toSeconds());
        Tick end = ports.ticker().now().plus(Duration.ofSeconds(seconds));
        while (ports.ticker().now().isBefore(end)) {
            Optional<ClusterView> view = ports.dcs().view(FRESH_ENOUGH, FRESH_ENOUGH)
                    .filter(v -> v.revision().compareTo(since) >= 0);
            if (view.isPresent()) {
                isWritten |= view.get().failover().isPresent();
                Optional<Reply> fate = order.fate(view.get(), holder, isWritten);
                if (fate.isPresent()) {
                    return fate.get();
                }
            }
            try {
                Thread.sleep(POLL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break; // the agent is shutting down; the order stands
            }
        }
        return Reply.text(503, order.title() + " status unknown after " + seconds
                + " seconds; operation may still be in progress");
    }
}
