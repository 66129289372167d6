package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.matriarch.etcd.RealEtcd;
import io.matriarch.tools.drill.GapMeter;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.SteadyWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Two agents of ours and one of Patroni's, all on one real etcd. The steps build on each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExternalEtcdIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration OUTAGE = Duration.ofSeconds(Boolean.getBoolean("matriarch.test.long") ? 45 : 3);

    private RealEtcd etcd;
    private LocalCluster cluster;
    private LocalAgent patroni;
    private Process patroniProcess;
    private SteadyWriter writer;

    @BeforeAll
    void start(@TempDir Path dir, @TempDir Path store) throws Exception {
        etcd = RealEtcd.start(store, 1);
        LocalCluster.Plan plan = OnEtcd.plan(dir, 3, Replication.ASYNC);
        cluster = OnEtcd.create(plan, etcd.addresses());
        patroni = cluster.agent(2);
        cluster.agent(0).start();
        cluster.agent(1).start();
        cluster.awaitStreaming(1, PATIENCE);
        patroniProcess = PatroniPrograms.agent(patroni, plan.account().prefix());
        LocalAgent primary = cluster.awaitStreaming(2, PATIENCE);
        writer = cluster.writer(new GapMeter());
        writer.prepare(primary);
        writer.start();
    }

    @AfterAll
    void stop() {
        if (writer != null) {
            writer.close();
        }
        if (patroniProcess != null) {
            patroniProcess.destroy();
            patroni.killNode();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (etcd != null) {
            etcd.close();
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, () -> cluster.failure("waited in vain: " + what).getMessage());
            Poll.pause();
        }
    }

    private void awaitPrimary(LocalAgent expected) {
        await(expected.name() + " is primary", () -> expected.sql().isWritable());
        long now = System.nanoTime();
        await("a write is acknowledged", () -> writer.hasWrittenSince(now));
        cluster.awaitStreaming(2, PATIENCE);
        assertEquals(0, writer.lostOn(expected), "acknowledged rows that are missing");
    }

    private String ctl(String... words) throws Exception {
        return PatroniPrograms.ctl(cluster.agent(0).site().configFile(), words);
    }

    private LocalAgent ours(LocalAgent other) {
        return cluster.agents().stream().filter(a -> a != patroni && a != other).findFirst().orElseThrow();
    }

    private static Set<String> picture(String json) throws Exception {
        Set<String> rows = new TreeSet<>();
        new ObjectMapper().readTree(json).forEach(row -> rows.add(row.path("Cluster").asText() + " " + row.path("Member").asText()
                + " " + row.path("Host").asText() + " " + row.path("Role").asText() + " " + row.path("TL").asInt()));
        return rows;
    }

    @Test
    @Order(1)
    void bothCommandLinesShowTheSameCluster() throws Exception {
        await("every member knows its timeline", () -> cluster.agent(0).rest().get("/cluster")
                .filter(r -> r.text().split("\"timeline\": 1", -1).length == 4).isPresent());
        Set<String> theirs = picture(ctl("list", "-f", "json"));
        assertEquals(3, theirs.size());
        Path config = cluster.agent(0).site().configFile();
        assertEquals(theirs, picture(Matriarch.run("-c", config.toString(), "list", "-f", "json")));
        assertEquals(ctl("show-config"), Matriarch.run("-c", config.toString(), "show-config"));
    }

    @Test
    @Order(2)
    void patroniTakesOverFromOursAndGivesBack() throws Exception {
        LocalAgent first = cluster.primary().orElseThrow();
        String there = ctl("switchover", "demo", "--leader", first.name(), "--candidate", patroni.name(), "--force");
        assertTrue(there.contains("Successfully switched over to \"" + patroni.name() + "\""), there);
        awaitPrimary(patroni);
        LocalAgent next = ours(first);
        String back = ctl("switchover", "demo", "--leader", patroni.name(), "--candidate", next.name(), "--force");
        assertTrue(back.contains("Successfully switched over to \"" + next.name() + "\""), back);
        awaitPrimary(next);
        await("the history tells of it", () -> next.rest().get("/history").filter(r -> r.text().contains("[2, ")).isPresent());
        assertEquals(3, ctl("history", "demo", "-f", "tsv").lines().count(), "a headline and two changes of the timeline");
    }

    @Test
    @Order(3)
    void aPauseOfPatronictlIsSeenByAll() throws Exception {
        assertTrue(ctl("pause", "--wait").contains("Success: cluster management is paused"));
        assertTrue(ctl("list").contains("Maintenance mode: on"));
        assertTrue(ctl("resume", "--wait").contains("Success: cluster management is resumed"));
        ctl("edit-config", "--force", "-q", "-s", "maximum_lag_on_failover=2097152");
        assertTrue(ctl("show-config").contains("maximum_lag_on_failover: 2097152"));
    }

    /**
     * Etcd is away, and all members agree that the primary leads on. When etcd is back its lease has ended; the lock is taken
     * anew and PostgreSQL has run all the time.
     */
    @Test
    @Order(4)
    void etcdIsAwayInFailsafeMode() throws Exception {
        ctl("edit-config", "--force", "-q", "-s", "failsafe_mode=true");
        await("the key lists everybody", () -> cluster.agent(0).rest().object("/failsafe").filter(m -> m.size() == 3).isPresent());
        LocalAgent primary = cluster.primary().orElseThrow();
        assertNotEquals(patroni, primary);
        long postmaster = primary.postmaster().orElseThrow();
        etcd.kill(0);
        await("the members have promised", () -> log(primary).contains("continue to run as a leader because failsafe mode is enabled"));
        Thread.sleep(OUTAGE.toMillis());
        long before = System.nanoTime();
        await("a write is acknowledged", () -> writer.hasWrittenSince(before));
        etcd.restart(0);
        etcd.awaitReady();
        endLeaderLease();
        await("the lock is held again", () -> primary.rest().get("/leader").filter(r -> r.status() == 200).isPresent()
                && leader().equals(primary.name()));
        awaitPrimary(primary);
        assertEquals(postmaster, primary.postmaster().orElseThrow(), "PostgreSQL ran all the time");
        ctl("edit-config", "--force", "-q", "-s", "failsafe_mode=false");
    }

    /** Nobody knows more than that the lease has ended: whoever is left takes over, and the lost one comes back as a replica. */
    @Test
    @Order(5)
    void theNodeOfThePrimaryIsLost() throws Exception {
        LocalAgent lost = cluster.primary().orElseThrow();
        lost.killNode();
        endLeaderLease();
        await("another member is primary", () -> cluster.primary().filter(p -> p != lost).isPresent());
        lost.start();
        awaitPrimary(cluster.primary().orElseThrow());
    }

    private String leader() {
        try {
            return etcd.etcdctl("get", "--print-value-only", "/service/demo/leader");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Spares the test the {@code ttl}. */
    private void endLeaderLease() throws Exception {
        String json = etcd.etcdctl("get", "-w", "json", "/service/demo/leader");
        long lease = new ObjectMapper().readTree(json).path("kvs").path(0).path("lease").asLong();
        if (lease != 0) {
            etcd.etcdctl("lease", "revoke", Long.toHexString(lease));
        }
    }

    private static String log(LocalAgent agent) {
        try {
            return Files.readString(agent.site().log());
        } catch (IOException e) {
            return "";
        }
    }
}
