package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every guard keeps, on real PostgreSQL under clients that commit all the time. An agent feeds deadlines that lie a
 * margin before the end of its lease; so a commit acknowledged after deadline and margin is one too many.
 */
class GuardContractIT {

    /** What of the margin is meant for fencing and for scheduling. */
    private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(200);
    /** How long after a thaw a commit may be acknowledged: 50 ms on a machine that has nothing else to do. */
    private static final long THAW = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long E = GuardedServer.EPOCH;
    private static final long I = GuardedServer.INCARNATION;
    private static final int PIPELINED = 2000;
    private static final Map<String, String> TABLE = new TreeMap<>();

    @TempDir(factory = TestMember.InMemory.class)
    static Path directory;

    private static Path template;
    private GuardedServer open;

    /** The implementations. */
    enum Kind {
        BINARY(GuardFiles.BINARY), SHELL(GuardFiles.SHELL);

        private final String file;

        Kind(String file) {
            this.file = file;
        }

        List<String> words() {
            String path = directory.resolve("guard-programs").resolve(file).toString();
            return this == SHELL ? List.of("/bin/bash", path) : List.of(path);
        }

        boolean isThere() {
            return Files.exists(directory.resolve("guard-programs").resolve(file));
        }
    }

    @BeforeAll
    static void template() throws Exception {
        TestMember.giveToPostgres(directory);
        GuardFiles.copy(directory, List.of(GuardFiles.BINARY, GuardFiles.SHELL));
        template = directory.resolve("template");
        PostgresBinaries binaries = PostgresBinaries.find(java.util.Optional.empty(), Map.of(), java.util.Optional.empty());
        Programs programs = new Programs(binaries, TestMember.prefix());
        Programs.Result result = programs.run("initdb", List.of("-D", template.toString(), "-U", "postgres", "--no-locale",
                "-A", "trust", "--no-sync"), Map.of(), java.time.Duration.ofMinutes(1));
        assertTrue(result.ok(), result.complaint());
        result = programs.run(List.of("/bin/sh", "-c", "echo 'CREATE TABLE t (i int)' | " + String.join(" ",
                programs.command("postgres", List.of("--single", "-D", template.toString(), "postgres")))), Map.of(),
                java.time.Duration.ofMinutes(1));
        assertTrue(result.ok(), result.complaint());
    }

    @AfterAll
    static void table() {
        System.out.printf("%-8s %-52s %9s %12s %12s %12s%n", "guard", "case", "commits", "last after", "of them",
                "all dead");
        System.out.printf("%-8s %-52s %9s %12s %12s %12s%n", "", "", "", "deadline", "beyond lease", "after");
        TABLE.values().forEach(System.out::println);
    }

    /** A server on a fresh copy, with a table to write to. */
    private GuardedServer server(Kind kind, boolean armed) throws Exception {
        assumeTrue(kind.isThere(), "this guard was not built here");
        Path data = Files.createTempDirectory(directory, "data").resolve("data");
        assertEquals(0, new ProcessBuilder("cp", "-a", template.toString(), data.toString()).start().waitFor());
        TestMember.giveToPostgres(data.getParent());
        open = new GuardedServer(kind.words(), data, armed, List.of());
        return open;
    }

    @AfterEach
    void remove() throws Exception {
        if (open != null) {
            open.close();
            assertEquals(0, new ProcessBuilder("rm", "-rf", open.data.getParent().toString()).start().waitFor());
        }
    }

    private static List<CommitClient> clients(GuardedServer server) throws IOException {
        List<CommitClient> clients = List.of(new CommitClient(server.port, 1), new CommitClient(server.port, PIPELINED));
        TestMember.await("commits", () -> clients.stream().allMatch(c -> c.count() > 10));
        return clients;
    }

    /** Waits for the end of the server and of the clients, and notes the figures; none may lie beyond {@code limit}. */
    private static void mustEnd(Kind kind, String name, GuardedServer server, List<CommitClient> clients, long deadline,
            long limit) throws Exception {
        long gone = server.awaitGone();
        TestMember.await("clients noticed", () -> clients.stream().allMatch(CommitClient::isOver));
        note(kind, name, clients, deadline, limit, gone);
        for (CommitClient client : clients) {
            assertEquals(0, client.after(limit), "commits beyond the limit");
        }
    }

    private static void note(Kind kind, String name, List<CommitClient> clients, long deadline, long limit, long gone) {
        long commits = clients.stream().mapToLong(CommitClient::count).sum();
        long beyond = clients.stream().mapToLong(c -> c.after(limit)).sum();
        long last = clients.stream().mapToLong(CommitClient::last).max().orElse(deadline);
        TABLE.put(kind + name, String.format(Locale.ROOT, "%-8s %-52s %9d %9.1f ms %12d %9.1f ms",
                kind.name().toLowerCase(Locale.ROOT), name, commits, (last - deadline) / 1e6, beyond, (gone - deadline) / 1e6));
    }

    /** A server that an agent feeds, with both kinds of clients. */
    private record Fed(GuardedServer server, Process agent, List<CommitClient> clients) {
    }

    private Fed fed(Kind kind) throws Exception {
        GuardedServer server = server(kind, true);
        Process agent = server.agent(E, I);
        server.awaitReady();
        return new Fed(server, agent, clients(server));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void killsAtTheDeadlineWhenTheAgentIsKilled(Kind kind) throws Exception {
        Fed fed = fed(kind);
        fed.agent.destroyForcibly().waitFor();
        long deadline = fed.server.deadline();
        mustEnd(kind, "agent killed", fed.server, fed.clients, deadline, deadline + MARGIN);
        assertTrue(fed.server.guard.waitFor(5, TimeUnit.SECONDS), "with the server the guard ends");
        TestMember.await("nothing of the guard left", () -> fed.server.guards().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void killsAtTheDeadlineWhenTheAgentIsFrozen(Kind kind) throws Exception {
        Fed fed = fed(kind);
        GuardedServer.signal("STOP", List.of(fed.agent.pid()));
        long deadline = fed.server.deadline();
        mustEnd(kind, "agent frozen", fed.server, fed.clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void livesAsLongAsItIsFedAndDiesAtTheLastDeadline(Kind kind) throws Exception {
        GuardedServer server = server(kind, false);
        server.awaitReady();
        assertTrue(server.order("arm", E, I, "" + (Uptime.millis() + 1000)).isArmed());
        List<CommitClient> clients = clients(server);
        long until = Uptime.millis() + 1500;
        for (int i = 0; i < 15; i++) {
            server.send("feed " + E + " " + I + " " + (Uptime.millis() + 400));
            server.send("feed " + E + " " + I + " " + Uptime.millis()); // an earlier one is none
            server.send("feed " + (E - 1) + " " + I + " 99999999999"); // nor one of another lock
            server.send("feed " + E + " " + (I - 1) + " 99999999999"); // nor of an earlier agent
            TimeUnit.MILLISECONDS.sleep(Math.max(1, (until - Uptime.millis()) / (15 - i)));
            assertFalse(server.servers().isEmpty(), "killed although it was fed");
        }
        long deadline = server.deadline();
        mustEnd(kind, "deadline reached", server, clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theServerDiesWithItsGuard(Kind kind) throws Exception {
        Fed fed = fed(kind);
        long killed = System.nanoTime();
        GuardedServer.signal("KILL", List.of(fed.server.guard.pid()));
        mustEnd(kind, "guard killed (counted from the kill)", fed.server, fed.clients, killed, killed + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theServerDiesWhenGuardAndAgentAreKilled(Kind kind) throws Exception {
        Fed fed = fed(kind);
        long killed = System.nanoTime();
        GuardedServer.signal("KILL", List.of(fed.agent.pid(), fed.server.guard.pid()));
        mustEnd(kind, "guard and agent killed (counted from the kill)", fed.server, fed.clients, killed, killed + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void killsAtOnceAfterAFreezeOfEverything(Kind kind) throws Exception {
        Fed fed = fed(kind);
        List<Long> everything = new ArrayList<>(fed.server.servers());
        everything.addAll(fed.server.guards());
        everything.add(fed.agent.pid());
        GuardedServer.signal("STOP", List.of(fed.agent.pid()));
        long deadline = fed.server.deadline();
        GuardedServer.signal("STOP", everything);
        TimeUnit.NANOSECONDS.sleep(deadline - System.nanoTime() + 2 * MARGIN);
        assertFalse(fed.server.servers().isEmpty(), "frozen, not dead");
        long thawed = System.nanoTime();
        long before = fed.clients.stream().mapToLong(CommitClient::count).sum();
        GuardedServer.signal("CONT", everything);
        mustEnd(kind, "everything frozen (counted from the thaw)", fed.server, fed.clients, thawed, thawed + THAW);
        long late = fed.clients.stream().mapToLong(CommitClient::count).sum() - before;
        TABLE.put(kind + "everything frozen: late", String.format(Locale.ROOT, "%-8s %-52s %9d", "",
                "  of them acknowledged after the thaw", late));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void killsEightyBackendsAndAStoppedOne(Kind kind) throws Exception {
        GuardedServer server = server(kind, false);
        server.awaitReady();
        List<CommitClient> clients = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            clients.add(new CommitClient(server.port, i % 8 == 0 ? PIPELINED : 1));
        }
        List<Long> backends = server.servers();
        assertTrue(server.order("arm", E, I, "" + (Uptime.millis() + 500)).isArmed());
        GuardedServer.signal("STOP", List.of(backends.get(backends.size() - 1)));
        long deadline = server.deadline();
        mustEnd(kind, "80 backends, one of them stopped", server, clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aReusedProcessIdIsNotKilled(Kind kind) throws Exception {
        Path last = Path.of("/proc/sys/kernel/ns_last_pid");
        assumeTrue(Files.isWritable(last), "process ids can only be chosen by root");
        Fed fed = fed(kind);
        long postmaster = fed.server.postmaster();
        GuardedServer.signal("STOP", List.of(fed.server.guard.pid()));
        GuardedServer.signal("KILL", fed.server.servers());
        fed.server.awaitGone();
        // The guard holds the postmaster's id until it reaps it: the ids of the others are free.
        List<Process> strangers = new ArrayList<>();
        for (int i = 1; i < 12; i++) {
            Files.writeString(last, Long.toString(postmaster + i - 1));
            strangers.add(new ProcessBuilder("/bin/sleep", "60").directory(fed.server.data.toFile()).start());
        }
        fed.agent.destroyForcibly().waitFor();
        TimeUnit.MILLISECONDS.sleep(GuardedServer.SPAN);
        GuardedServer.signal("CONT", List.of(fed.server.guard.pid()));
        assertTrue(fed.server.guard.waitFor(5, TimeUnit.SECONDS));
        for (Process stranger : strangers) {
            assertTrue(stranger.isAlive(), "a stranger was killed");
            stranger.destroyForcibly();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void anAgentThatWasReplacedHasNoSay(Kind kind) throws Exception {
        Fed fed = fed(kind);
        GuardedServer.signal("STOP", List.of(fed.agent.pid()));
        assertTrue(fed.server.order("arm", E, I + 1, "" + (Uptime.millis() + GuardedServer.SPAN)).isArmed());
        Process next = fed.server.agent(E, I + 1);
        TimeUnit.MILLISECONDS.sleep(2 * GuardedServer.SPAN);
        assertFalse(fed.server.servers().isEmpty(), "killed at the deadline of an agent that was replaced");
        GuardedServer.signal("CONT", List.of(fed.agent.pid()));
        fed.server.send("disarm " + E + " " + I);
        fed.server.send("arm " + E + " " + I + " 1");
        fed.server.send("feed " + E + " " + I + " 99999999999");
        next.destroyForcibly().waitFor();
        long deadline = fed.server.deadline();
        mustEnd(kind, "two agents: the newer one killed, the older feeds", fed.server, fed.clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPauseThatWasNotAcknowledgedIsNone(Kind kind) throws Exception {
        Fed fed = fed(kind);
        fed.agent.destroyForcibly().waitFor(); // wanted to pause, and died before it said so
        long deadline = fed.server.deadline();
        mustEnd(kind, "pause: agent killed before it", fed.server, fed.clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPausedServerLivesOnAndDiesAgainAfterTheResume(Kind kind) throws Exception {
        Fed fed = fed(kind);
        assertEquals("off", fed.server.order("disarm", E, I + 1, "").watch());
        fed.server.send("feed " + E + " " + I + " " + Uptime.millis());
        fed.agent.destroyForcibly().waitFor(); // after the acknowledgement, before or after it published the pause
        TimeUnit.MILLISECONDS.sleep(2 * GuardedServer.SPAN);
        assertFalse(fed.server.servers().isEmpty(), "killed in a pause");
        // The next agent sees the end of the pause and dies before it has armed: nothing has changed.
        TimeUnit.MILLISECONDS.sleep(GuardedServer.SPAN);
        assertFalse(fed.server.servers().isEmpty(), "killed before anybody armed");
        long before = fed.clients.get(0).count();
        TestMember.await("commits", () -> fed.clients.get(0).count() > before);
        // The one after it arms and dies at once.
        assertTrue(fed.server.order("arm", E + 1, I + 2, "" + (Uptime.millis() + GuardedServer.SPAN)).isArmed());
        long deadline = fed.server.deadline();
        mustEnd(kind, "resume: agent killed after it armed", fed.server, fed.clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void anAdoptedServerKeepsItsDeadlineUntilTheNewAgentHasAProof(Kind kind) throws Exception {
        Fed fed = fed(kind);
        fed.agent.destroyForcibly().waitFor();
        long deadline = fed.server.deadline();
        assertTrue(fed.server.order("adopt", E, I + 1, "" + (Uptime.millis() + 60_000)).isArmed());
        mustEnd(kind, "agent restarted without a proof", fed.server, fed.clients, deadline, deadline + MARGIN);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aNewServerHasToWaitForTheGuardBeforeIt(Kind kind) throws Exception {
        Fed fed = fed(kind);
        GuardedServer.signal("STOP", List.of(fed.server.guard.pid()));
        List<String> words = new ArrayList<>(TestMember.prefix().words());
        words.addAll(kind.words());
        words.addAll(List.of("--run", fed.server.run.toString(), "--name", "postgres", "--adopt", "" + fed.server.postmaster()));
        Process second = new ProcessBuilder(words).directory(fed.server.data.toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        TimeUnit.MILLISECONDS.sleep(300);
        assertTrue(second.isAlive(), "it waits");
        GuardedServer.signal("CONT", List.of(fed.server.guard.pid()));
        GuardedServer.signal("KILL", List.of(fed.server.guard.pid()));
        fed.server.awaitGone();
        assertTrue(second.waitFor(5, TimeUnit.SECONDS), "there is nothing to adopt any more");
        assertEquals(1, second.exitValue());
    }
}
