package io.matriarch.etcdapi;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What is answered to plain GETs: version, health and figures. */
final class Pages {

    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final String EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";

    private final EtcdPorts ports;
    private final Supplier<Map<String, Instant>> certificates;

    /** @param certificates when which of the certificates of this process end */
    Pages(EtcdPorts ports, Supplier<Map<String, Instant>> certificates) {
        this.ports = ports;
        this.certificates = certificates;
    }

    /** Empty when there is no such page. */
    Optional<CompletableFuture<Page>> find(String path, String query) {
        return switch (path) {
            case "/version" -> Optional.of(CompletableFuture.completedFuture(Page.json(200, "{\"etcdserver\":\""
                    + MaintenanceCalls.VERSION + "\",\"etcdcluster\":\"" + MaintenanceCalls.CLUSTER_VERSION + "\"}")));
            case "/health" -> Optional.of(health(query));
            case "/livez" -> Optional.of(CompletableFuture.completedFuture(Page.text(200, "ok")));
            case "/readyz" -> Optional.of(ports.local().current(PATIENCE).thenApply(current -> current
                    ? Page.text(200, "ok") : Page.text(503, "linearizable_read failed")));
            case "/metrics" -> Optional.of(CompletableFuture.completedFuture(new Page(200, EXPOSITION, metrics())));
            default -> Optional.empty();
        };
    }

    private CompletableFuture<Page> health(String query) {
        boolean alarm = ports.local().read(MaintenanceCalls::alarms).keySet().stream()
                .anyMatch(name -> !(name.utf8().endsWith("/1") && query.contains("exclude=NOSPACE")));
        if (alarm) {
            return CompletableFuture.completedFuture(unhealthy());
        }
        if (query.contains("serializable=true")) {
            return CompletableFuture.completedFuture(healthy());
        }
        if (ports.group().facts().leaderId() == 0) {
            return CompletableFuture.completedFuture(unhealthy());
        }
        return ports.local().current(PATIENCE).thenApply(current -> current ? healthy() : unhealthy());
    }

    private static Page healthy() {
        return Page.json(200, "{\"health\":\"true\"}");
    }

    private static Page unhealthy() {
        return Page.json(503, "{\"health\":\"false\"}");
    }

    private String metrics() {
        StoreGroup.Facts facts = ports.group().facts();
        StringBuilder text = new StringBuilder();
        metric(text, "etcd_server_has_leader", "Whether or not a leader exists.", facts.leaderId() != 0 ? 1 : 0);
        metric(text, "etcd_server_is_leader", "Whether or not this member is a leader.",
                facts.leaderId() == facts.memberId() ? 1 : 0);
        metric(text, "etcd_server_proposals_committed_total", "The highest index known as committed.", facts.commitIndex());
        metric(text, "etcd_server_proposals_applied_total", "The highest index applied.", facts.appliedIndex());
        ports.local().read(store -> {
            metric(text, "etcd_mvcc_db_total_size_in_bytes", "Bytes of all retained versions.", store.heldBytes());
            metric(text, "etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of the newest versions.", store.liveBytes());
            metric(text, "etcd_debugging_mvcc_current_revision", "The current revision.", store.revision());
            metric(text, "etcd_debugging_mvcc_compact_revision", "The compacted revision.", store.compactedRevision());
            return store.revision();
        });
        metric(text, "etcd_server_version{server_version=\"" + MaintenanceCalls.VERSION + "\"}", "Which version is running.", 1);
        certificates.get().forEach((name, end) -> metric(text, "matriarch_certificate_end_seconds{certificate=\"" + name + "\"}",
                "When the certificate ends, in seconds since 1970.", end.getEpochSecond()));
        return text.toString();
    }

    private static void metric(StringBuilder text, String name, String help, long value) {
        String bare = name.replaceFirst("\\{.*", "");
        text.append("# HELP ").append(bare).append(' ').append(help).append("\n# TYPE ").append(bare).append(" gauge\n")
                .append(name).append(' ').append(value).append('\n');
    }
}
