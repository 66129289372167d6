package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.ServerAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process: what it is, what it leaves behind, what signals do. The steps build on each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProcessIT {

    private static final String LINE = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL): .*";
    private static final String CUT_OFF = "  post_bootstrap: 'echo reached > %s; sleep 100; true'\n";

    private TriedAgent first;
    private TriedAgent second;
    private AgentLaunch launch;
    private Path dir;

    @BeforeAll
    void prepare(@TempDir Path temp) throws IOException {
        dir = temp.toRealPath();
        ServerAccount account = ServerAccount.choose();
        account.own(dir);
        launch = AgentLaunch.find(account, dir, text -> { });
        first = TriedAgent.in(dir, "first", launch);
        // An agent may take its time to come back here without its PostgreSQL being ended by the guard.
        first.edit(text -> text.replace("raft:\n", "raft:\n  leader_lease: 20s\n"));
        second = TriedAgent.in(dir, "second", launch).join(first, "node2");
    }

    @AfterAll
    void stop() {
        second.close();
        first.close();
    }

    @Test
    @Order(1)
    void aFoundingThatWasCutOffIsPutAsideAndDoneAnew() throws IOException {
        Path reached = first.site().dir().resolve("reached");
        String hook = CUT_OFF.formatted(reached);
        first.edit(text -> text.replace("bootstrap:\n", "bootstrap:\n" + hook));
        first.start().await("the founding is under way", () -> Files.exists(reached));
        long half = first.node().postmaster().orElseThrow();
        first.kill9();

        first.edit(text -> text.replace(hook, ""));
        first.start().awaitWords("the founding of the cluster was cut off; its half-made data is now in " + beside(first, "failed"));
        first.awaitPrimary();
        assertFalse(first.node().postmaster().orElseThrow() == half);
        assertEquals(Optional.of(List.of("replicator", "rewinder")), first.node().sql()
                .ask("select rolname from pg_roles where rolname in ('replicator', 'rewinder') order by 1"));
        assertFalse(Files.exists(beside(first, "founding")));
        assertTrue(Files.exists(beside(first, "failed").resolve("PG_VERSION")));
    }

    @Test
    @Order(2)
    void aCloneThatWasCutOffIsDoneAnewAndItsProgramDoesNotGoOn() throws IOException {
        second.edit(text -> text.replace("postgresql:\n  listen", "postgresql:\n  basebackup: {max-rate: 32k}\n  listen"));
        second.start().await("the clone is under way", () -> Files.exists(beside(second, "staging").resolve("base")));
        second.kill9();
        long orphan = copying().orElseThrow(() -> new AssertionError("the copy outlives its agent, else this test shows nothing"));

        second.edit(text -> text.replace("  basebackup: {max-rate: 32k}\n", ""));
        second.start().await("the second streams from the first", () -> first.node().sql().streaming().equals(List.of("node2")));
        assertTrue(second.errors().contains("left by an earlier agent: pg_basebackup"), second.errors());
        assertFalse(runs(orphan));
        assertFalse(Files.exists(beside(second, "staging")));
        second.terminate();
        assertEquals(0, second.awaitEnd(15), second.errors());
    }

    @Test
    @Order(3)
    void killedItLeavesPostgresqlRunningWithoutItsPipesAndAdoptsItLater() throws IOException {
        long postmaster = first.node().postmaster().orElseThrow();
        first.kill9();
        assertTrue(first.node().sql().isWritable(), "PostgreSQL runs on");

        assertEquals(1, launch.command().size(), "the launcher script");
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of(launch.command().get(0)).toAbsolutePath());
        first.start(List.of(link.toString()), Map.of("PATH", "/nowhere", "JAVA_HOME", System.getProperty("java.home")), true);
        first.awaitPrimary();
        assertEquals(postmaster, first.node().postmaster().orElseThrow(), "the same server");
        assertTrue(Files.readSymbolicLink(Path.of("/proc/" + first.pid() + "/exe")).endsWith("java"), "the process is Java itself");
        assertEquals("", first.output());
        assertEquals(List.of(), first.errors().lines().filter(line -> !line.matches(LINE)).toList());
        Files.delete(link);
    }

    @Test
    @Order(4)
    void aHangupReadsTheConfigurationAgainAndAWrongOneChangesNothing() throws Exception {
        first.edit(text -> text.replace("shared_buffers: 32MB", "shared_buffers: 32MB\n    work_mem: 7MB"));
        first.hangUp();
        first.await("the parameter is in force", () -> Optional.of(List.of("7MB")).equals(first.node().sql().ask("show work_mem")));

        first.edit(text -> text.replace("loop_wait: 10", "loop_wait: often").replace("7MB", "8MB"));
        first.hangUp();
        first.awaitWords("The configuration was not reloaded, the former one stays in force: ");
        first.awaitWords("bootstrap.dcs.loop_wait: 'often' is not valid");
        assertEquals(Optional.of(List.of("7MB")), first.node().sql().ask("show work_mem"));
    }

    @Test
    @Order(5)
    void terminatedItStopsPostgresqlAndItself() {
        first.terminate();
        assertEquals(0, first.awaitEnd(15), first.errors());
        assertTrue(first.node().postmaster().isEmpty());
        assertTrue(first.node().processes().isEmpty());
    }

    private Optional<Long> copying() {
        return ProcessHandle.allProcesses().filter(p -> p.info().commandLine().orElse("").contains("pg_basebackup --pgdata="
                + beside(second, "staging"))).map(ProcessHandle::pid).findFirst();
    }

    private static Path beside(TriedAgent agent, String suffix) {
        return agent.site().dataDir().resolveSibling("data." + suffix);
    }

    /** A process that has ended may stay in the table until its adoptive parent asks for it; then it has no words any more. */
    private static boolean runs(long pid) throws IOException {
        Path words = Path.of("/proc", Long.toString(pid), "cmdline");
        try {
            return Files.readAllBytes(words).length > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
