package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Operation.StopMode;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.SlotName;
import io.matriarch.ha.Upstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port on real PostgreSQL: founding, cloning, streaming, promoting, crashing, coming back. */
class LocalPostgresIT {

    private static final Duration START = Duration.ofSeconds(30);

    @TempDir(factory = TestMember.InMemory.class)
    Path directory;

    private TestMember a;
    private TestMember b;

    @BeforeEach
    void members() throws Exception {
        TestMember.giveToPostgres(directory);
        a = TestMember.of("a", directory);
        b = TestMember.of("b.2", directory);
    }

    @AfterEach
    void end() {
        a.close();
        b.close();
    }

    private static void say(String text, long since) {
        System.out.printf("LocalPostgresIT: %s: %d ms%n", text, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
    }

    private void pair() throws SQLException {
        long t = System.nanoTime();
        a.mustRun(new Operation.Bootstrap());
        say("bootstrap", t);
        assertTrue(a.postgres.syncSlots(Set.of(SlotName.of(new MemberName(b.name)))));
        a.sql("CREATE TABLE t (i int)");
        t = System.nanoTime();
        b.mustRun(new Operation.CloneFrom(a.asUpstream(), true));
        b.awaitStreamingFrom(a);
        say("clone until streaming", t);
    }

    @Test
    void aPairIsFoundedStreamsAndIsPromoted() throws Exception {
        assertEquals(PostgresStatus.DataDirectory.EMPTY, a.look().dataDirectory());
        pair();
        PostgresStatus primary = a.look();
        assertTrue(primary.isRunningPrimary() && primary.mayWrite());
        assertEquals(1, primary.timeline().value());
        assertEquals(PostgresState.RUNNING, primary.state());
        assertEquals(List.of("b_2"), primary.slots());
        assertEquals("100", a.ask("SHOW max_connections"));
        assertEquals("test", a.ask("SHOW cluster_name"));
        PostgresStatus replica = b.look();
        assertTrue(replica.isRunningReplica() && !replica.mayWrite());
        assertEquals(primary.systemIdentifier(), replica.systemIdentifier());
        assertEquals(Optional.of("127.0.0.1:" + a.config.listenPort()), replica.following());
        assertEquals("streaming", replica.receiver().orElseThrow().status());

        a.mustRun(new Operation.Stop(StopMode.FAST, true, START));
        assertEquals(PostgresState.STOPPED, a.look().state());
        assertFalse(b.run(new Operation.Promote(), () -> false).success());
        assertTrue(b.look().isRunningReplica(), "without the permit nothing happens");
        long t = System.nanoTime();
        b.mustRun(new Operation.Promote());
        b.sql("INSERT INTO t VALUES (1)");
        say("promote to first write", t);
        PostgresStatus promoted = b.awaitStatus("primary", PostgresStatus::isRunningPrimary);
        assertEquals(2, promoted.timeline().value());
        assertEquals(Map.of(), promoted.pendingRestart(), "settings of recovery wait for nothing on a primary");
        assertEquals(1, b.postgres.timelineHistory().orElseThrow().entries().size());

        t = System.nanoTime();
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStatus("streams from b", s -> s.receiver().isPresent());
        say("stopped primary rejoins without rewind", t);
        assertEquals(2, a.awaitStatus("timeline 2", s -> s.timeline().value() == 2).timeline().value());
    }

    @Test
    void aCrashedPrimaryWithoutAGuardLeavesOrphansAndComesBackInPlace() throws Exception {
        a.close();
        a = TestMember.of("c", directory, true, Optional.empty(), GuardSetup.NONE);
        a.mustRun(new Operation.Bootstrap());
        a.sql("CREATE TABLE t (i int)");
        CountDownLatch exit = new CountDownLatch(1);
        a.postgres.onExit(exit::countDown);
        List<Connection> busy = busy(a, 20);
        long t = System.nanoTime();
        TestMember.signal("KILL", a.postmasterPid());
        assertTrue(exit.await(10, TimeUnit.SECONDS), "the exit of a child is told");
        say("postmaster killed until told", t);
        PostgresStatus dead = a.look();
        assertFalse(dead.alive());
        assertTrue(dead.mayWrite(), "orphaned backends can still acknowledge commits");
        assertEquals(PostgresState.CRASHED, dead.state());
        assertEquals(PostgresRole.PRIMARY, dead.role());
        assertEquals("in production", dead.control().orElseThrow().clusterState());
        a.mustRun(new Operation.StartPrimary(START));
        a.sql("INSERT INTO t VALUES (2)");
        say("postmaster killed with 20 busy backends until first write", t);
        assertEquals(1, a.awaitStatus("primary", PostgresStatus::isRunningPrimary).timeline().value());
        assertFalse(a.run(new Operation.StartPrimary(START), () -> false).success());
        assertFalse(a.look().mayWrite(), "a refused start leaves nothing that may write");
        close(busy);
    }

    @Test
    void theGuardClearsAwayWhatACrashedPrimaryLeaves() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        a.sql("CREATE TABLE t (i int)");
        CountDownLatch exit = new CountDownLatch(1);
        a.postgres.onExit(exit::countDown);
        List<Connection> busy = busy(a, 20);
        long t = System.nanoTime();
        TestMember.signal("KILL", a.postmasterPid());
        assertTrue(exit.await(10, TimeUnit.SECONDS), "the end of the guard is told");
        say("postmaster killed with 20 busy backends until told that nothing is left", t);
        PostgresStatus dead = a.look();
        assertFalse(dead.alive() || dead.mayWrite());
        assertEquals(PostgresState.CRASHED, dead.state());
        a.mustRun(new Operation.StartPrimary(START));
        a.sql("INSERT INTO t VALUES (2)");
        say("postmaster killed under a guard until first write", t);
        close(busy);
    }

    @Test
    void theFenceKillsEveryBackendOfAnAdoptedServer() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        a.postgres.close();
        long pid = a.postmasterPid();
        a.postgres = a.reopen(); // as an agent that was killed and started again
        assertTrue(a.awaitStatus("adopted", PostgresStatus::isRunningPrimary).mayWrite());
        assertEquals(pid, a.postmasterPid(), "adopting does not disturb");
        CountDownLatch exit = new CountDownLatch(1);
        a.postgres.onExit(exit::countDown);
        List<Connection> busy = busy(a, 20);
        long t = System.nanoTime();
        assertTrue(a.postgres.fence(Duration.ofSeconds(5)));
        say("fence with 20 busy backends", t);
        assertFalse(a.look().mayWrite());
        assertFalse(a.look().alive());
        assertTrue(exit.await(10, TimeUnit.SECONDS), "the exit of an adopted server is told");
        a.mustRun(new Operation.StartPrimary(START));
        say("fence until first write", t);
        close(busy);
    }

    @Test
    void aFrozenServerCostsNoMoreThanTheTimeout() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        a.awaitStatus("primary", PostgresStatus::isRunningPrimary);
        long backend = Long.parseLong(a.ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'Patroni heartbeat'"));
        TestMember.signal("STOP", a.postmasterPid());
        TestMember.signal("STOP", backend);
        try {
            long t = System.nanoTime();
            PostgresStatus frozen = a.postgres.observe(Duration.ofMillis(200));
            say("observe of a frozen server with 200 ms", t);
            assertTrue(frozen.alive() && !frozen.connectable() && frozen.mayWrite());
            assertEquals(PostgresState.RUNNING, frozen.state());
            assertEquals(PostgresRole.PRIMARY, frozen.role());
        } finally {
            TestMember.signal("CONT", backend);
            TestMember.signal("CONT", a.postmasterPid());
        }
        a.awaitStatus("answers again", PostgresStatus::connectable);
    }

    @Test
    void aFrozenServerIsStoppedAllTheSame() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        TestMember.signal("STOP", a.postmasterPid());
        long t = System.nanoTime();
        a.mustRun(new Operation.Stop(StopMode.FAST, false, Duration.ofMillis(300)));
        say("fast stop of a frozen server with 300 ms", t);
        assertFalse(a.look().alive());
        assertTrue(ProcessTable.serversOf(a.config.dataDir().toRealPath(), Set.of("postgres")).isEmpty());
    }

    @Test
    void everyStopModeStops() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        for (StopMode mode : StopMode.values()) {
            long t = System.nanoTime();
            a.mustRun(new Operation.Stop(mode, mode != StopMode.IMMEDIATE, START));
            say("stop " + mode, t);
            PostgresStatus stopped = a.look();
            assertFalse(stopped.alive() || stopped.mayWrite());
            assertEquals(mode == StopMode.IMMEDIATE ? "in production" : "shut down", stopped.control().orElseThrow().clusterState());
            a.mustRun(new Operation.StartPrimary(START));
        }
        long t = System.nanoTime();
        a.mustRun(new Operation.Restart(START));
        say("restart", t);
        assertTrue(a.awaitStatus("primary", PostgresStatus::isRunningPrimary).mayWrite());
    }

    @Test
    void aKilledPrimaryIsRewoundIntoItsSuccessor() throws Exception {
        pair();
        b.postgres.nudge();
        diverge();
        long t = System.nanoTime();
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStreamingFrom(b);
        say("killed and diverged primary rewound until streaming", t);
        TestMember.await("replayed", () -> "9".equals(quietly(a, "SELECT max(i) FROM t")));
        assertEquals("0", a.ask("SELECT count(*) FROM t WHERE i = 7"), "what nobody else had is gone");
        assertFalse(Files.exists(a.config.dataDir().resolveSibling("data.aside-1")), "nothing had to be cloned");
    }

    @Test
    void withoutRewindTheDivergedDataIsMovedAsideAndClonedAnew() throws Exception {
        a.close();
        a = TestMember.of("c", directory, false, Optional.empty());
        pair();
        diverge();
        long t = System.nanoTime();
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStreamingFrom(b);
        say("diverged primary cloned anew until streaming", t);
        TestMember.await("replayed", () -> "9".equals(quietly(a, "SELECT max(i) FROM t")));
        assertTrue(Files.exists(a.config.dataDir().resolveSibling("data.aside-1/global/pg_control")));
        a.mustRun(new Operation.Reinitialize(b.asUpstream(), true));
        a.awaitStreamingFrom(b);
        assertFalse(Files.exists(a.config.dataDir().resolveSibling("data.aside-1")), "one old directory is kept, the newest");
        assertTrue(Files.exists(a.config.dataDir().resolveSibling("data.aside-2/global/pg_control")));
    }

    @Test
    void aRunningReplicaFollowsTheNewPrimary() throws Exception {
        pair();
        TestMember c = TestMember.of("c", directory);
        try (c) {
            c.mustRun(new Operation.CloneFrom(a.asUpstream(), true));
            c.awaitStreamingFrom(a);
            long postmaster = c.postmasterPid();
            a.mustRun(new Operation.Stop(StopMode.FAST, true, START));
            b.mustRun(new Operation.Promote());
            long t = System.nanoTime();
            c.mustRun(new Operation.Follow(Optional.of(b.asUpstream())));
            say("follow", t);
            c.awaitStreamingFrom(b);
            say("follow until streaming", t);
            assertEquals(postmaster, c.postmasterPid(), "no restart is needed");
            assertEquals(Optional.of("127.0.0.1:" + b.config.listenPort()), c.look().following());
            c.mustRun(new Operation.Follow(Optional.empty()));
            assertEquals(Optional.empty(), c.look().following());
        }
    }

    @Test
    void settingsAreTakenOverAndWaitForARestartWhereTheyMust() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        assertTrue(a.postgres.applySettings(Map.of("postgresql", Map.of("parameters",
                Map.of("max_connections", 55, "work_mem", "5MB", "max_wal_senders", 2, "no_such_thing", 1, "log_connections", "maybe")))));
        PostgresStatus s = a.awaitStatus("pending restart", x -> !x.pendingRestart().isEmpty());
        assertEquals(Map.of("max_connections", List.of("100", "55")), s.pendingRestart());
        TestMember.await("reloaded", () -> "5MB".equals(quietly(a, "SHOW work_mem")));
        a.mustRun(new Operation.Restart(START));
        assertEquals(Map.of(), a.awaitStatus("primary", PostgresStatus::isRunningPrimary).pendingRestart());
        assertEquals("55", a.ask("SHOW max_connections"));
    }

    @Test
    void aFailedFoundingLeavesAnEmptyDirectory() throws Exception {
        TestMember c = TestMember.of("c", directory, true, Optional.of("exit 3; true"));
        try (c) {
            assertFalse(c.run(new Operation.Bootstrap(), () -> true).success());
            assertEquals(PostgresStatus.DataDirectory.EMPTY, c.look().dataDirectory());
            assertTrue(Files.exists(c.config.dataDir().resolveSibling("data.failed/PG_VERSION")));
        }
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        a.mustRun(new Operation.Stop(StopMode.FAST, false, START));
        try (java.net.ServerSocket taken = new java.net.ServerSocket(a.config.listenPort(), 1, java.net.InetAddress.getLoopbackAddress())) {
            var outcome = a.run(new Operation.StartPrimary(START), () -> true);
            assertFalse(outcome.success());
            assertTrue(outcome.message().contains("Address already in use"), outcome.message() + taken.getLocalPort());
        }
    }

    @Test
    void aCancelledCloneLeavesNothing() throws Exception {
        try (java.net.ServerSocket silent = new java.net.ServerSocket(0, 10, java.net.InetAddress.getLoopbackAddress())) {
            Upstream mute = new Upstream(new MemberName("mute"), "127.0.0.1", silent.getLocalPort(), Optional.empty(), 0);
            assertTrue(b.postgres.begin(new Operation.CloneFrom(mute, true), TestMember.now(), () -> true));
            assertFalse(b.postgres.begin(new Operation.Promote(), TestMember.now(), () -> true), "one at a time");
            TestMember.await("pg_basebackup runs", () -> ProcessHandle.allProcesses()
                    .anyMatch(p -> ProcessTable.commandLine(p.pid()).contains(b.config.dataDir() + ".staging")));
            b.postgres.cancel(START);
            assertFalse(b.postgres.task().orElseThrow().isRunning());
            assertFalse(b.postgres.task().orElseThrow().succeeded());
            assertTrue(ProcessHandle.allProcesses().noneMatch(p -> ProcessTable.commandLine(p.pid()).contains(b.config.dataDir() + ".staging")));
            assertEquals(PostgresStatus.DataDirectory.EMPTY, b.look().dataDirectory());
            assertFalse(Files.exists(b.config.dataDir().resolveSibling("data.staging")));
        }
    }

    @Test
    void dataOfAnotherClusterIsRefused() throws Exception {
        a.mustRun(new Operation.Bootstrap());
        b.mustRun(new Operation.Bootstrap());
        b.mustRun(new Operation.Stop(StopMode.FAST, false, START));
        var outcome = b.run(new Operation.StartReplica(Optional.of(a.asUpstream()), START), () -> true);
        assertFalse(outcome.success());
        assertTrue(outcome.message().contains("the data of another cluster"), outcome.message());
        assertFalse(b.look().alive());
    }

    @Test
    void dataOfACutOffRewindIsNeverStartedButClonedAnew() throws Exception {
        pair();
        a.mustRun(new Operation.Stop(StopMode.FAST, true, START));
        b.mustRun(new Operation.Promote());
        new DataDirectory(a.config.dataDir()).markRewind();
        assertFalse(a.run(new Operation.StartPrimary(START), () -> true).success());
        assertEquals(PostgresRole.REPLICA, a.look().role());
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStreamingFrom(b);
        assertTrue(Files.exists(a.config.dataDir().resolveSibling("data.aside-1")));
    }

    @Test
    void aStoppedReplicaIsNeverStartedAsAPrimary() throws Exception {
        pair();
        b.mustRun(new Operation.Stop(StopMode.FAST, true, START));
        Files.delete(b.config.dataDir().resolve("standby.signal"));
        var outcome = b.run(new Operation.StartPrimary(START), () -> true);
        assertTrue(!outcome.success() && outcome.message().contains("shut down in recovery"), outcome.message());
        assertEquals(PostgresRole.REPLICA, b.look().role());
    }

    @Test
    void aDataDirectoryOfAnotherVersionIsNamed() throws Exception {
        Files.createDirectory(a.config.dataDir());
        Files.writeString(a.config.dataDir().resolve("PG_VERSION"), "9\n");
        String message = assertThrows(PostgresSetupException.class, a::reopen).getMessage();
        assertTrue(message.contains("is of PostgreSQL 9"), message);
    }

    @Test
    void aReplicaWithoutReceiverKnowsItsTimeline() throws Exception {
        pair();
        a.mustRun(new Operation.Stop(StopMode.FAST, true, START));
        b.mustRun(new Operation.Promote());
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        b.sql("INSERT INTO t VALUES (9)");
        TestMember.await("a record of timeline 2 is replayed", () -> "9".equals(quietly(a, "SELECT max(i) FROM t")));
        a.postgres.close();
        b.mustRun(new Operation.Stop(StopMode.IMMEDIATE, false, START));
        a.postgres = a.reopen();
        a.awaitStatus("timeline 2 without a receiver", s -> s.connectable() && s.receiver().isEmpty() && s.timeline().value() == 2);
    }

    @Test
    void aKilledPrimaryWithoutRecordsOfItsOwnRejoinsAsItIs() throws Exception {
        pair();
        a.sql("INSERT INTO t VALUES (3)");
        String end = a.ask("SELECT pg_current_wal_flush_lsn()");
        TestMember.await("replayed", () -> "t".equals(quietly(b, "SELECT pg_last_wal_replay_lsn() >= '" + end + "'")));
        assertTrue(a.postgres.fence(Duration.ofSeconds(5)));
        b.mustRun(new Operation.Promote());
        long t = System.nanoTime();
        a.mustRun(new Operation.StartReplica(Optional.of(b.asUpstream()), START));
        a.awaitStreamingFrom(b);
        say("killed primary without records of its own until streaming", t);
        assertFalse(Files.exists(a.config.dataDir().resolve("backup_label.old")), "pg_rewind leaves this file");
    }

    @Test
    void aRunningReplicaThatWentAstrayIsBroughtBack() throws Exception {
        pair();
        TestMember c = TestMember.of("c", directory);
        try (c) {
            c.mustRun(new Operation.CloneFrom(a.asUpstream(), true));
            c.awaitStreamingFrom(a);
            diverge(c); // c gets the commit that b does not have
            assertEquals("1", c.ask("SELECT count(*) FROM t WHERE i = 7"));
            long t = System.nanoTime();
            c.mustRun(new Operation.Follow(Optional.of(b.asUpstream())));
            c.awaitStreamingFrom(b);
            say("replica that went astray until streaming", t);
            assertEquals("0", c.ask("SELECT count(*) FROM t WHERE i = 7"));
            assertFalse(Files.exists(c.config.dataDir().resolveSibling("data.aside-1")), "nothing had to be cloned");
        }
    }

    /** Leaves a commit on {@code a} that {@code b}, promoted meanwhile, does not have; {@code a} is killed. */
    private void diverge(TestMember... witnesses) throws Exception {
        b.mustRun(new Operation.Follow(Optional.empty()));
        TestMember.await("no receiver", () -> b.look().receiver().isEmpty());
        a.sql("INSERT INTO t VALUES (7)");
        for (TestMember witness : witnesses) {
            TestMember.await("replayed", () -> "7".equals(quietly(witness, "SELECT max(i) FROM t")));
        }
        b.mustRun(new Operation.Promote());
        b.sql("INSERT INTO t VALUES (9)");
        assertTrue(a.postgres.fence(Duration.ofSeconds(5)));
        assertTrue(b.postgres.syncSlots(Set.of(SlotName.of(new MemberName(a.name)))));
    }

    private static List<Connection> busy(TestMember member, int number) throws SQLException {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Connection connection = member.connect();
            connections.add(connection);
            Thread thread = new Thread(() -> {
                try (Statement s = connection.createStatement()) {
                    // busy, without memory, and over by itself whatever becomes of the test
                    s.execute("SET statement_timeout = '20s'; DO $$ BEGIN FOR i IN 1..1000000000 LOOP NULL; END LOOP; END $$");
                } catch (SQLException e) {
                    assertFalse(e.getMessage().isEmpty()); // its backend is killed, that is the point
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        return connections;
    }

    private static void close(List<Connection> connections) throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
    }

    private static String quietly(TestMember member, String query) {
        try {
            return member.ask(query);
        } catch (SQLException e) {
            return e.getMessage();
        }
    }
}
