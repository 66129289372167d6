package io.matriarch.rest;

import io.matriarch.cluster.DynamicConfig;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.loop.AgentControl;
import java.util.Map;
import java.util.Optional;

/** Changes of the config key. Values are not judged here; every agent checks what it reads. */
final class ConfigEndpoints {

    private final ClusterReader cluster;
    private final Dcs dcs;
    private final AgentControl control;

    ConfigEndpoints(ClusterReader cluster, Dcs dcs, AgentControl control) {
        this.cluster = cluster;
        this.dcs = dcs;
        this.control = control;
    }

    /** Merges the body into the configuration, unless somebody else changed it meanwhile. */
    Reply patch(Request request) throws Refusal {
        Map<String, Object> patch = request.body().required();
        DynamicConfig config = cluster.fresh().config();
        if (!config.isPresent()) {
            return Reply.errorPage(503, "Service Unavailable", "The cluster has no valid configuration to change");
        }
        ConfigPatch.Outcome outcome = ConfigPatch.apply(config.document(), patch);
        if (outcome.changed()) {
            WriteResult result = dcs.writeConfig(outcome.document(), Optional.of(config.modified()),
                    ClusterReader.TIMEOUT);
            if (result instanceof WriteResult.Rejected) {
                return Reply.errorPage(409, "Conflict", "The configuration was changed by somebody else meanwhile");
            }
            if (result instanceof WriteResult.Unknown && !hasArrived(outcome.document())) {
                return Reply.text(503, "the store did not confirm the change; it may still take effect");
            }
        }
        control.wake();
        return Reply.json(200, outcome.document());
    }

    /** Replaces the configuration, whatever it is. */
    Reply put(Request request) throws Refusal {
        Map<String, Object> document = request.body().required();
        DynamicConfig config = cluster.fresh().config();
        if (!config.isPresent() || !ConfigPatch.isSame(config.document(), document)) {
            WriteResult result = dcs.writeConfig(document, Optional.empty(), ClusterReader.TIMEOUT);
            if (!result.isApplied() && !(result instanceof WriteResult.Unknown && hasArrived(document))) {
                return Reply.errorPage(502, "Bad Gateway", "The store did not confirm the change");
            }
        }
        return Reply.json(200, document);
    }

    private boolean hasArrived(Map<String, Object> document) throws Refusal {
        return ConfigPatch.isSame(cluster.fresh().config().document(), document);
    }
}
