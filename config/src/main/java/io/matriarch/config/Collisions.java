package io.matriarch.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Finds settings that are fine alone and not together: one port twice, one directory inside another. */
final class Collisions {

    private Collisions() {
    }

    private record Listener(String key, List<String> hosts, int port) {

        boolean meets(Listener other) {
            return port == other.port && hosts.stream().anyMatch(a -> other.hosts.stream().anyMatch(b ->
                a.equals(b) || new HostPort(a, port).isWildcard() || new HostPort(b, port).isWildcard()));
        }
    }

    static void report(AgentConfig config, Findings findings, String source) {
        List<Listener> listeners = new ArrayList<>();
        listeners.add(new Listener("restapi.listen", List.of(config.restapi().listen().host()), config.restapi().listen().port()));
        listeners.add(new Listener("postgresql.listen", Arrays.asList(config.postgresql().listenAddresses().split(",")),
            config.postgresql().listenPort()));
        config.raft().ifPresent(raft -> raft.bindAddr().or(raft::selfAddr).ifPresent(address -> listeners.add(
            new Listener(raft.bindAddr().isPresent() ? "raft.bind_addr" : "raft.self_addr", List.of(address.host()), address.port()))));
        for (int i = 0; i < listeners.size(); i++) {
            for (int j = 0; j < i; j++) {
                Listener a = listeners.get(j);
                Listener b = listeners.get(i);
                if (a.meets(b)) {
                    findings.problem(source + ": " + a.key + " and " + b.key + " both use port " + a.port + "; each needs one of its own");
                }
            }
        }
        Optional<Path> raft = config.raft().filter(r -> r.selfAddr().isPresent()).map(RaftConfig::dataDir);
        Path data = config.postgresql().dataDir();
        if (raft.isPresent() && !data.toString().isEmpty() && (raft.get().startsWith(data) || data.startsWith(raft.get()))) {
            findings.problem(source + ": raft.data_dir " + raft.get() + " and postgresql.data_dir " + data
                + " lie inside one another; each needs a directory of its own");
        }
    }
}
