package io.matriarch.process;

import io.matriarch.config.HostPort;
import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Replication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Configurations of agents whose store is an external etcd. */
final class OnEtcd {

    private OnEtcd() {
    }

    static LocalCluster.Plan plan(Path dir, int size, Replication replication) {
        LocalCluster.Plan usual = LocalCluster.Plan.usual(size, dir);
        return new LocalCluster.Plan(size, dir, usual.binDir(), usual.account(),
                AgentLaunch.find(usual.account(), dir, text -> { }), LocalNetwork.loopback(), replication, "");
    }

    /** Writes the configurations; starts nothing. */
    static LocalCluster create(LocalCluster.Plan plan, List<HostPort> etcd) throws IOException {
        LocalCluster cluster = LocalCluster.create(plan);
        String section = "etcd3:\n  hosts: " + etcd.stream().map(HostPort::toString).collect(Collectors.joining(",")) + "\n\n";
        for (LocalAgent agent : cluster.agents()) {
            Path file = agent.site().configFile();
            String text = Files.readString(file);
            int from = text.indexOf("raft:\n");
            int to = text.indexOf("bootstrap:\n");
            String changed = text.substring(0, from) + section + text.substring(to);
            Files.writeString(file, changed.replace("\npostgresql:\n", "\npostgresql:\n  basebackup:\n  - checkpoint: fast\n").replace("ttl: 30", "ttl: 20").replace("loop_wait: 10", "loop_wait: 1")
                    .replace("retry_timeout: 10", "retry_timeout: 9"));
        }
        return cluster;
    }
}
