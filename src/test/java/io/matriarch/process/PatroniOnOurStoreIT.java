package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.etcd.RealEtcd;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.Replication;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Patroni's command line and Patroni's agent with the embedded store of two agents of ours as their etcd. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PatroniOnOurStoreIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "the-store-is-mine";
    private static final String LOGIN = "  username: root\n  password: " + PASSWORD + "\n";

    private LocalCluster cluster;
    private LocalAgent patroni;
    private Process patroniProcess;
    private Path config;
    private final List<HostPort> doors = new ArrayList<>();

    @BeforeAll
    void start(@TempDir Path dir, @TempDir Path own) throws Exception {
        LocalCluster.Plan plan = OnEtcd.plan(dir, 3, Replication.ASYNC);
        doors.add(RealEtcd.free());
        doors.add(RealEtcd.free());
        // The third one is written for an etcd; it is Patroni's.
        cluster = OnEtcd.create(plan, doors);
        patroni = cluster.agent(2);
        List<Integer> raft = List.of(RealEtcd.free().port(), RealEtcd.free().port());
        for (int i = 0; i < 2; i++) {
            Path file = cluster.agent(i).site().configFile();
            String text = Files.readString(file);
            Files.writeString(file, text.replaceFirst("etcd3:\n  hosts: .*\n", """
                    raft:
                      data_dir: %s
                      self_addr: 127.0.0.1:%d
                      partner_addrs: [127.0.0.1:%d]
                    etcd_adapter:
                      listen: %s
                      root_password: %s
                    """.formatted(cluster.agent(i).site().dir().resolve("raft"), raft.get(i), raft.get(1 - i), doors.get(i), PASSWORD)));
        }
        Path theirs = patroni.site().configFile();
        Files.writeString(theirs, Files.readString(theirs).replaceFirst("etcd3:\n", "etcd3:\n" + LOGIN));
        config = own.resolve("patronictl.yml");
        Files.writeString(config, "scope: demo\netcd3:\n" + LOGIN + "  hosts: " + doors.get(0) + "," + doors.get(1) + "\n"
                + Files.readString(cluster.agent(0).site().configFile()).lines().dropWhile(l -> !l.equals("restapi:"))
                .limit(6).reduce("", (a, b) -> a + b + "\n"));
        cluster.agent(0).start();
        cluster.agent(1).start();
        cluster.awaitStreaming(1, PATIENCE);
        patroniProcess = PatroniPrograms.agent(patroni, plan.account().prefix());
        cluster.awaitStreaming(2, PATIENCE);
    }

    @AfterAll
    void stop() {
        if (patroniProcess != null) {
            patroniProcess.destroy();
            patroni.killNode();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    private String ctl(String... words) throws Exception {
        return PatroniPrograms.ctl(config, words);
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, () -> cluster.failure("waited in vain: " + what).getMessage());
            Poll.pause();
        }
    }

    private LocalAgent primary() {
        return cluster.awaitStreaming(2, PATIENCE);
    }

    @Test
    @Order(1)
    void whatThereIsIsShown() throws Exception {
        LocalAgent primary = primary();
        String list = ctl("list");
        cluster.agents().forEach(a -> assertTrue(list.contains("| " + a.name() + " ") && list.contains(":" + a.site().postgresPort()), list));
        assertTrue(list.lines().anyMatch(l -> l.contains(primary.name()) && l.contains("| Leader ")), list);
        assertTrue(ctl("topology").lines().anyMatch(l -> l.contains("| + ")), "replicas stand under the leader");
        assertEquals("host=127.0.0.1 port=" + primary.site().postgresPort(), ctl("dsn", "-r", "primary").trim());
        assertTrue(ctl("show-config").contains("loop_wait: 1"));
    }

    @Test
    @Order(2)
    void settingsAndPauseComeThrough() throws Exception {
        ctl("edit-config", "--force", "-q", "-s", "maximum_lag_on_failover=2097152");
        await("an agent knows", () -> cluster.agent(0).rest().object("/config")
                .filter(c -> Integer.valueOf(2097152).equals(c.get("maximum_lag_on_failover"))).isPresent());
        assertTrue(ctl("pause", "--wait").contains("Success: cluster management is paused"));
        assertTrue(ctl("list").contains("Maintenance mode: on"));
        assertTrue(ctl("resume", "--wait").contains("Success: cluster management is resumed"));
    }

    @Test
    @Order(3)
    void aQueryFindsThePrimary() throws Exception {
        PatroniPrograms.Output output = PatroniPrograms.runWith("", Map.of("PGPASSFILE", cluster.passwordFile().toString()), config,
                "query", "-r", "primary", "-c", "select 40 + 2 as sum", "-U", "postgres", "-d", "postgres", "--format", "tsv");
        assertEquals(0, output.code(), output.text());
        assertTrue(output.text().contains("42"), output.text());
    }

    @Test
    @Order(4)
    void patroniLeadsOnOurStoreAndIsReplaced() throws Exception {
        LocalAgent first = primary();
        String there = ctl("switchover", "demo", "--leader", first.name(), "--candidate", patroni.name(), "--force");
        assertTrue(there.contains("Successfully switched over to \"" + patroni.name() + "\""), there);
        await("Patroni's server takes writes", () -> patroni.sql().isWritable());
        assertEquals(patroni, primary());
        String back = ctl("failover", "demo", "--candidate", first.name(), "--force");
        assertTrue(back.contains("Successfully failed over to \"" + first.name() + "\""), back);
        await("our server takes writes", () -> first.sql().isWritable());
        assertEquals(first, primary());
        await("the history tells of it", () -> first.rest().get("/history").filter(r -> r.text().contains("[2, ")).isPresent());
        assertEquals(3, ctl("history", "demo", "-f", "tsv").lines().count(), "a headline and two changes of the timeline");
    }

    @Test
    @Order(5)
    void anOldClusterIsRemoved() throws Exception {
        Path other = config.resolveSibling("other.yml");
        Files.writeString(other, Files.readString(config).replace("scope: demo", "scope: old"));
        etcdctl(1, "put", "/service/old/config", "{}");
        assertEquals("{}", etcdctl(0, "get", "--print-value-only", "/service/old/config"));
        PatroniPrograms.Output output = PatroniPrograms.runWith("old\nYes I am aware\n", Map.of(), other, "remove", "old");
        assertEquals(0, output.code(), output.text());
        assertEquals("", etcdctl(0, "get", "--prefix", "/service/old/"));
    }

    private String etcdctl(int door, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/etcdctl", "--endpoints=" + doors.get(door), "--user=root:" + PASSWORD));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("ETCDCTL_API", "3");
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", words));
        return out.trim();
    }
}
