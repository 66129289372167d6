package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.RestDoor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One cluster of three real agents through a day of trouble, under a steady writer. The steps build on each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {

    private RunningCluster running;

    @BeforeAll
    void start(@TempDir Path dir) {
        running = RunningCluster.start(dir, LocalNetwork.loopback());
    }

    @AfterAll
    void stop() {
        running.close();
    }

    @Test
    @Order(1)
    void everyProbeAnswersAsItsNodeIs() {
        LocalAgent primary = running.primary();
        Map<String, Integer> ofPrimary = Map.of("/", 200, "/primary", 200, "/leader", 200, "/read-write", 200,
                "/replica", 503, "/read-only", 200, "/health", 200, "/liveness", 200, "/readiness", 200, "/nothing", 503);
        Map<String, Integer> ofReplica = Map.of("/", 503, "/primary", 503, "/leader", 503, "/read-write", 503,
                "/replica", 200, "/read-only", 200, "/health", 200, "/async", 503, "/quorum", 200, "/sync", 503);
        for (LocalAgent agent : running.cluster().agents()) {
            (agent == primary ? ofPrimary : ofReplica).forEach((probe, status) ->
                    running.await(agent.name() + " answers " + status + " to " + probe, () -> status(agent, probe) == status));
        }
        assertTrue(primary.rest().get("/cluster").map(RestDoor.Reply::text).orElse("").contains("\"role\": \"leader\""));
    }

    @Test
    @Order(2)
    void haproxyLeadsWritesToThePrimaryBeforeAndAfterASwitchover(@TempDir Path config) throws Exception {
        try (HaproxyInFront haproxy = HaproxyInFront.start(config, running.cluster())) {
            LocalAgent before = running.primary();
            haproxy.awaitWritesOn(before, RunningCluster.PATIENCE);
            LocalAgent after = running.replica();
            RestDoor.Reply reply = before.rest().post("/switchover", Map.of("leader", before.name(), "candidate",
                    after.name())).orElseThrow();
            assertEquals(200, reply.status(), reply.text());
            assertEquals("Successfully switched over to \"" + after.name() + "\"", reply.text());
            haproxy.awaitWritesOn(after, RunningCluster.PATIENCE);
        }
        running.awaitWhole();
        running.assertNothingLost();
    }

    @Test
    @Order(3)
    void aKilledPostmasterIsStartedAgainInPlace() {
        LocalAgent primary = running.primary();
        int timeline = timeline(primary);
        primary.killPostmaster();
        running.awaitWrites();
        assertEquals(primary, running.primary());
        assertEquals(timeline, timeline(primary), "the restart is no failover");
        running.awaitWhole();
        running.assertNothingLost();
    }

    @Test
    @Order(4)
    void anAgentThatComesBackAdoptsItsPrimaryWithoutAnInterruption() {
        LocalAgent primary = running.primary();
        int timeline = timeline(primary);
        long postmaster = primary.postmaster().orElseThrow();
        primary.kill9();
        assertTrue(primary.sql().isWritable(), "PostgreSQL outlives its agent for as long as the lease does");
        primary.start();
        running.await("the agent answers", () -> status(primary, "/liveness") == 200);
        running.awaitWhole();
        boolean sameServer = primary.postmaster().orElseThrow() == postmaster;
        if (running.primary() == primary) {
            assertEquals(timeline, timeline(primary), "no failover");
        } else {
            assertFalse(sameServer, "starting took longer than the lease: the guard has ended the old primary");
        }
        System.out.println("ClusterIT: a killed agent that comes back " + (sameServer ? "adopts its server"
                : "was too late, its server had been ended"));
        running.assertNothingLost();
    }

    @Test
    @Order(5)
    void anAgentOfAReplicaThatComesBackAdoptsItWithoutAnInterruption() {
        LocalAgent replica = running.replica();
        long postmaster = replica.postmaster().orElseThrow();
        LocalAgent primary = running.primary();
        replica.kill9();
        replica.start();
        running.await("the agent answers", () -> status(replica, "/replica") == 200);
        assertEquals(postmaster, replica.postmaster().orElseThrow());
        assertEquals(primary, running.primary(), "the loss of a replica's agent is no failover");
    }

    @Test
    @Order(6)
    void aPrimaryWhoseAgentIsKilledIsDeadWhenItsLeaseEnds() {
        LocalAgent primary = running.primary();
        long killed = System.nanoTime();
        primary.kill9();
        running.await("PostgreSQL is dead", () -> Freeze.servers(primary).isEmpty());
        System.out.printf("ClusterIT: agent killed until its PostgreSQL was dead: %d ms%n",
                (System.nanoTime() - killed) / 1_000_000);
        running.await("another member is primary", () -> running.cluster().primary().filter(p -> p != primary).isPresent());
        running.awaitWrites();
        running.assertNothingLost();
        primary.start();
        running.awaitWhole();
        running.assertNothingLost();
    }

    @Test
    @Order(7)
    void inAPauseNobodyEndsAPrimaryWhoseAgentIsKilledAndAfterItTheGuardDoesAgain() throws Exception {
        LocalAgent primary = running.primary();
        long postmaster = primary.postmaster().orElseThrow();
        turn(primary, "pause");
        primary.kill9();
        Thread.sleep(4_000); // longer than the lease
        assertEquals(postmaster, primary.postmaster().orElse(0), "killed in a pause");
        primary.start();
        running.await("it leads again", () -> status(primary, "/leader") == 200);
        assertEquals(postmaster, primary.postmaster().orElse(0), "adopted");
        turn(primary, "resume");
        primary.kill9();
        running.await("PostgreSQL is dead", () -> Freeze.servers(primary).isEmpty());
        running.await("another member is primary", () -> running.cluster().primary().filter(p -> p != primary).isPresent());
        running.awaitWrites();
        primary.start();
        running.awaitWhole();
        running.assertNothingLost();
    }

    /** Returns once every member has said in the store that it knows: a primary does so only when its guard is off. */
    private static void turn(LocalAgent agent, String verb) throws Exception {
        Process command = new ProcessBuilder(System.getProperty("matriarch.home") + "/bin/matriarch", "-c",
                agent.site().configFile().toString(), verb, "--wait").redirectErrorStream(true).start();
        String said = new String(command.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, command.waitFor(), said);
    }

    @Test
    @Order(8)
    void aLostNodeIsReplacedAndFollowsWhenItIsBack() {
        LocalAgent lost = running.primary();
        lost.killNode();
        running.await("another member is primary", () -> running.cluster().primary().filter(p -> p != lost).isPresent());
        running.awaitWrites();
        running.assertNothingLost();
        lost.start();
        running.awaitWhole();
        assertNotEquals(lost, running.primary());
        running.assertNothingLost();
    }

    @Test
    @Order(9)
    void aFrozenPrimaryIsReplaced() {
        LocalAgent frozen = running.primary();
        List<Long> processes = Freeze.postgres(frozen);
        try {
            running.await("another member is primary",
                    () -> running.cluster().primary().filter(p -> p != frozen).isPresent());
            running.awaitWrites();
        } finally {
            Freeze.thaw(processes);
        }
        running.awaitWhole();
        running.assertNothingLost();
    }

    @Test
    @Order(10)
    void aTerminatedAgentStopsItsServerAndHandsOver() {
        LocalAgent first = running.primary();
        first.terminate();
        assertTrue(first.awaitExit(15_000), "ends within 15 s");
        assertTrue(first.postmaster().isEmpty(), "PostgreSQL is stopped");
        running.awaitWrites();
        running.assertNothingLost();
        for (LocalAgent agent : running.cluster().agents()) {
            if (agent.isAlive()) {
                agent.terminate();
            }
        }
        for (LocalAgent agent : running.cluster().agents()) {
            assertTrue(agent.awaitExit(15_000), agent.name() + " ends within 15 s");
            assertFalse(agent.postmaster().isPresent(), agent.name() + " left a server");
        }
    }

    private static int status(LocalAgent agent, String path) {
        return agent.rest().get(path).map(RestDoor.Reply::status).orElse(0);
    }

    private static int timeline(LocalAgent agent) {
        return Integer.parseInt(agent.sql().ask("SELECT timeline_id FROM pg_control_checkpoint()").orElseThrow().get(0));
    }
}
