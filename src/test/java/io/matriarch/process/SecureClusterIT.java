package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.etcd.RealEtcd;
import io.matriarch.tls.TestCertificates;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.Replication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole cluster in quorum mode that uses TLS on every port, with the certificates and the YAML of {@code tls init}. */
class SecureClusterIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Path tls;
    private LocalCluster cluster;
    private Optional<String> killed = Optional.empty();
    private final List<HostPort> doors = new ArrayList<>();

    private String configuration(int i) {
        return cluster.agent(i).site().configFile().toString();
    }

    /** Puts the sections that the command printed into the file of an agent. */
    private void secure(int i, String printed) throws Exception {
        String yaml = printed.substring(printed.indexOf("raft:\n"), printed.indexOf("\n\nPeers with")) + "\n";
        Path file = cluster.agent(i).site().configFile();
        String text = Files.readString(file);
        for (String section : List.of("raft", "restapi")) {
            text = text.replace(section + ":\n", section + ":\n" + between(yaml, section + ":\n"));
        }
        doors.add(RealEtcd.free());
        text = text.replace("etcd_adapter: off\n", "etcd_adapter:\n  listen: " + doors.get(i) + "\n" + between(yaml, "etcd_adapter:\n")
                + "ctl:\n" + between(yaml, "ctl:\n"));
        Files.writeString(file, text);
    }

    private static String between(String yaml, String title) {
        return yaml.substring(yaml.indexOf(title) + title.length()).lines().takeWhile(line -> line.startsWith("  "))
                .reduce("", (a, b) -> a + b + "\n");
    }

    private String await(Predicate<String> list) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String seen = "";
        while (!list.test(seen)) {
            String last = seen;
            boolean running = cluster.agents().stream().allMatch(a -> a.isAlive() || killed.filter(a.name()::equals).isPresent());
            assertTrue(running && System.nanoTime() < deadline, () -> last + cluster.failure("not reached").getMessage());
            // as long as the group does not answer, the command fails and says so
            seen = TestCertificates.run(Path.of(System.getProperty("matriarch.home"), "bin", "matriarch").toString(), "-c",
                    configuration(0), "list", "-f", "tsv");
            Poll.pause();
        }
        return seen;
    }

    private static boolean isWhole(String list) {
        return list.lines().filter(l -> l.contains("streaming")).count() == 2 && list.lines().filter(l -> l.contains("Quorum Standby")).count() == 2;
    }

    private static String leader(String list) {
        return list.lines().filter(l -> l.contains("Leader\trunning")).map(l -> l.split("\t")[1]).findFirst().orElse("");
    }

    private String curl(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", "10", "--cacert", tls.resolve("ca.crt").toString()));
        command.addAll(List.of(words));
        return TestCertificates.run(command.toArray(String[]::new));
    }

    @Test
    @Timeout(240)
    void formsSwitchesAndFailsOverAndKeepsStrangersOut(@TempDir Path dir, @TempDir Path made) throws Exception {
        LocalCluster.Plan plan = OnEtcd.plan(dir, 3, Replication.QUORUM);
        cluster = LocalCluster.create(plan);
        try {
            tls = made.resolve("tls");
            Path deployed = dir.resolve("certificates");
            String printed = Matriarch.run("tls", "init", "--dir", tls.toString(), "--node", "node=127.0.0.1", "--at", deployed.toString());
            Files.createDirectory(deployed);
            try (var files = Files.list(tls.resolve("node"))) {
                for (Path file : files.toList()) {
                    plan.account().give(Files.copy(file, deployed.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES));
                }
            }
            plan.account().own(deployed);
            for (int i = 0; i < 3; i++) {
                secure(i, printed);
            }
            cluster.agents().forEach(LocalAgent::start);
            String before = leader(await(SecureClusterIT::isWhole));
            strangersGetNowhere(before);
            Matriarch.run("-c", configuration(0), "switchover", "--force");
            String after = await(list -> isWhole(list) && !leader(list).equals(before));
            // the votes of a failover are asked for over the REST APIs, which want a certificate for that
            cluster.agent(leader(after)).killNode();
            killed = Optional.of(leader(after));
            await(list -> !leader(list).isEmpty() && !leader(list).equals(leader(after)));
        } finally {
            cluster.close();
        }
    }

    private void strangersGetNowhere(String primary) throws Exception {
        String rest = cluster.agent(primary).site().restUrl().replace("http:", "https:");
        assertTrue(curl(rest + "/patroni").contains("\"role\": \"primary\""));
        assertEquals("client certificate required", curl("-X", "POST", rest + "/switchover", "-d", "{}"));
        assertEquals("", curl(rest.replace("https:", "http:") + "/patroni"));
        String etcd = "https://" + doors.get(0);
        String put = "{\"key\":\"L3NlcnZpY2UvZGVtby9jb25maWc=\",\"value\":\"e30=\"}";
        assertTrue(curl(etcd + "/v3/kv/put", "-d", put).contains("user name is empty"));
        String root = TestCertificates.run("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=" + etcd, "--cacert=" + tls.resolve("ca.crt"),
                "--cert=" + tls.resolve("users/root.crt"), "--key=" + tls.resolve("users/root.key"), "put", "mine", "1");
        assertEquals("OK\n", root);
    }
}
