package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.TimelineHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What anybody may know of the cluster. */
final class InformationEndpoints {

    private final ClusterReader cluster;
    private final String scope;

    InformationEndpoints(ClusterReader cluster, String scope) {
        this.cluster = cluster;
        this.scope = scope;
    }

    Reply cluster() throws Refusal {
        return Reply.json(200, ClusterDocument.of(cluster.fresh(), scope));
    }

    Reply history() throws Refusal {
        List<Object> lines = new ArrayList<>();
        for (TimelineHistory.Entry e : cluster.known().history().entries()) {
            List<Object> line = new ArrayList<>(List.of(e.timeline(), e.switchpoint().value(), e.reason()));
            e.timestamp().ifPresent(line::add);
            e.newLeader().ifPresent(line::add);
            lines.add(line);
        }
        return Reply.json(200, lines);
    }

    Reply config() throws Refusal {
        ClusterView view = cluster.known();
        return view.config().isPresent() ? Reply.json(200, view.config().document())
                : Reply.errorPage(502, "Bad Gateway", "The cluster has no valid configuration");
    }

    Reply failsafe() throws Refusal {
        Map<String, String> members = cluster.known().failsafe();
        return members.isEmpty() ? Reply.errorPage(502, "Bad Gateway", "The cluster has no failsafe members")
                : Reply.json(200, members);
    }
}
