package io.matriarch.rest;

import io.matriarch.config.RestApiConfig;
import io.matriarch.ha.Tick;
import io.matriarch.loop.NodeStatus;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which request is answered by what. The first segment of the path and the method decide; a GET, HEAD or OPTIONS that
 * means nothing else is a health check.
 *
 * <p>Health checks rest on one read of the status board and never wait. Everything else may wait for the store, for
 * PostgreSQL or for other members.
 */
final class Endpoints {

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private final RestPorts ports;
    private final Tick started;
    private final AccessRules access;
    private final StatusDocument document;
    private final Map<String, Endpoint> slow;

    /** An endpoint that may take its time. */
    @FunctionalInterface
    interface Endpoint {
        Reply answer(Request request) throws Refusal;
    }

    Endpoints(RestApiConfig config, RestPorts ports) {
        this.ports = ports;
        this.started = ports.ticker().now();
        ClusterReader cluster = new ClusterReader(ports.board(), ports.ticker(), ports.dcs());
        this.access = new AccessRules(config, cluster::remembered);
        this.document = new StatusDocument(ports.version(), ports.scope(), ports.name());
        this.slow = table(ports, cluster);
    }

    private static Map<String, Endpoint> table(RestPorts ports, ClusterReader cluster) {
        InformationEndpoints information = new InformationEndpoints(cluster, ports.scope());
        ConfigEndpoints config = new ConfigEndpoints(cluster, ports.dcs(), ports.control());
        FailoverEndpoints failover = new FailoverEndpoints(ports, cluster);
        PostgresEndpoints postgres = new PostgresEndpoints(cluster, ports.control(), ports.wall());
        return Map.ofEntries(
                Map.entry("GET cluster", r -> information.cluster()),
                Map.entry("GET history", r -> information.history()),
                Map.entry("GET config", r -> information.config()),
                Map.entry("GET failsafe", r -> information.failsafe()),
                Map.entry("PATCH config", config::patch),
                Map.entry("PUT config", config::put),
                Map.entry("POST switchover", failover::switchover),
                Map.entry("POST failover", failover::failover),
                Map.entry("DELETE switchover", r -> failover.deleteSwitchover()),
                Map.entry("POST restart", postgres::restart),
                Map.entry("DELETE restart", r -> postgres.deleteRestart()),
                Map.entry("POST cut", postgres::cut),
                Map.entry("POST failsafe", postgres::failsafe),
                Map.entry("POST reload", r -> postgres.reload()),
                Map.entry("POST reinitialize", postgres::reinitialize));
    }

    /** The endpoint for a request that is not to be answered {@linkplain #atOnce at once}. */
    Optional<Endpoint> slow(Request request) {
        Endpoint endpoint = slow.get(request.method() + " " + request.segment());
        if (endpoint == null || request.method().equals("GET")) {
            return Optional.ofNullable(endpoint);
        }
        return Optional.of(r -> {
            access.check(r);
            return endpoint.answer(r);
        });
    }

    /** Answers from memory. */
    Reply atOnce(Request request) {
        if (!SAFE.contains(request.method())) {
            return Reply.errorPage(501, "Unsupported method ('" + request.method() + "')",
                    "Server does not support this operation");
        }
        Optional<NodeStatus> status = ports.board().read();
        Tick now = ports.ticker().now();
        boolean get = request.method().equals("GET");
        String segment = get ? request.segment() : "";
        return switch (segment) {
            case "patroni" -> Reply.json(200, document.of(status, now));
            case "liveness" -> Reply.statusOnly(ProbeRules.liveness(status, started, now));
            case "readiness" -> Reply.statusOnly(ProbeRules.readiness(request.query(), status, now));
            default -> {
                int code = ProbeRules.health(request.path(), request.query(), status, now);
                yield get ? Reply.json(code, document.of(status, now)) : Reply.statusOnly(code);
            }
        };
    }
}
