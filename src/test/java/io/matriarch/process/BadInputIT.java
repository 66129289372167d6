package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.PostgresPrograms;
import io.matriarch.tools.drill.ServerAccount;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts that cannot come to anything: each names its cause and the way out, ends with 1 and leaves nothing half made. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {

    private final List<TriedAgent> agents = new ArrayList<>();
    private ServerAccount account;
    private AgentLaunch launch;
    private Path dir;

    @BeforeAll
    void prepare(@TempDir Path temp) throws IOException {
        dir = temp.toRealPath();
        account = ServerAccount.choose();
        account.own(dir);
        launch = AgentLaunch.find(account, dir, text -> { });
    }

    @AfterEach
    void stop() {
        agents.forEach(TriedAgent::close);
        agents.clear();
    }

    private TriedAgent agent(TestInfo test, String suffix) throws IOException {
        TriedAgent agent = TriedAgent.in(dir, test.getTestMethod().orElseThrow().getName() + agents.size() + suffix, launch);
        agents.add(agent);
        return agent;
    }

    private TriedAgent agent(TestInfo test) throws IOException {
        return agent(test, "");
    }

    private static void assertRefused(TriedAgent agent, String... words) throws IOException {
        assertEquals(1, agent.start().awaitEnd(), agent.errors());
        for (String part : words) {
            assertTrue(agent.errors().contains(part), () -> "expected: " + part + "\n" + agent.errors());
        }
        assertEquals("", agent.output());
    }

    private static void assertNothingBegun(TriedAgent agent) {
        assertFalse(Files.exists(agent.raftDir()), "no group was founded");
        assertFalse(Files.exists(agent.site().dataDir()), "no data was made");
    }

    @Test
    void aWrongValueIsNamedWithFileLinePathAndWhatIsAllowed(TestInfo test) throws IOException {
        TriedAgent agent = agent(test).edit(text -> text.replace("ttl: 30", "ttl: soon"));
        long line = 1 + Files.readString(agent.site().configFile()).lines().takeWhile(l -> !l.contains("ttl:")).count();
        assertRefused(agent, agent.site().configFile() + ":" + line + ": bootstrap.dcs.ttl: 'soon' is not valid; allowed: ");
        assertNothingBegun(agent);
    }

    @Test
    void anExternalEtcdThatIsNotThereIsNamedAndWaitedFor(TestInfo test) throws IOException {
        TriedAgent agent = agent(test).edit(text -> text.replaceFirst("(?m)^raft:\n( .*\n)+", "etcd:\n  hosts: [127.0.0.1:1, 127.0.0.1:2]\n"));
        agent.start().awaitWords("etcd: version 2 of etcd's protocol is gone, version 3 is used");
        agent.awaitWords("etcd does not answer: ");
        agent.awaitWords("not reachable; asked: [http://127.0.0.1:");
        agent.terminate();
        assertEquals(0, agent.awaitEnd(15), agent.errors());
        assertNothingBegun(agent);
    }

    @Test
    void missingServerProgramsAreNamedWithThePlaceTheyWereLookedForIn(TestInfo test) throws IOException {
        TriedAgent agent = agent(test).edit(text -> text.replaceFirst("bin_dir: .*", "bin_dir: /nowhere/bin"));
        assertRefused(agent, "/nowhere/bin (no postgres, initdb", "set postgresql.bin_dir");
        assertNothingBegun(agent);
    }

    @Test
    void aPlaceForTheDataThatCannotBeWrittenTo(TestInfo test) throws IOException {
        TriedAgent agent = agent(test);
        Path closed = closedDirectory(agent.site().dir().resolve("closed"), "r-x------");
        agent.edit(text -> text.replace(agent.site().dataDir().toString(), closed + "/data"));
        assertRefused(agent, "no permission to write to " + closed, "set postgresql.data_dir");
        assertNothingBegun(agent);
    }

    @Test
    void aDataDirectoryThatCannotBeRead(TestInfo test) throws IOException {
        TriedAgent agent = agent(test);
        closedDirectory(agent.site().dataDir(), "---------");
        assertRefused(agent, "the data directory " + agent.site().dataDir() + " cannot be read by the user", "mode 0700");
        assertFalse(Files.exists(agent.raftDir()));
    }

    @Test
    void aRaftDirectoryThatCannotBeWrittenTo(TestInfo test) throws IOException {
        TriedAgent agent = agent(test);
        closedDirectory(agent.raftDir(), "r-x------");
        assertRefused(agent, "The Raft data directory " + agent.raftDir() + " is not a directory that the user ", "set raft.data_dir");
        assertFalse(Files.exists(agent.site().dataDir()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"restapi.listen", "raft.self_addr", "postgresql.listen"})
    void aPortThatAnotherProcessHas(String setting, TestInfo test) throws IOException {
        TriedAgent agent = agent(test, setting);
        int port = switch (setting) {
            case "restapi.listen" -> agent.site().restPort();
            case "raft.self_addr" -> agent.site().raftPort();
            default -> agent.site().postgresPort();
        };
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getByName(agent.site().host()))) {
            assertRefused(agent, Integer.toString(taken.getLocalPort()), setting);
        }
        assertFalse(Files.exists(agent.raftDir().resolve("raft")), "no log was begun");
        assertFalse(Files.exists(agent.site().dataDir()));
    }

    @Test
    void rootIsRefused(TestInfo test) throws IOException {
        assumeTrue(ServerAccount.isRoot(), "not root");
        TriedAgent agent = agent(test);
        assertEquals(1, agent.start(launch.command(), Map.of(), false).awaitEnd());
        assertTrue(agent.errors().contains("PostgreSQL refuses to run as root: start the agent as the operating system user"), agent.errors());
        assertNothingBegun(agent);
    }

    @Test
    void partnersThatDoNotAnswerAreNamedAndWaitedForUntilItIsToldToEnd(TestInfo test) throws IOException {
        TriedAgent agent = agent(test).edit(text -> text.replace("  partner_addrs:\n", "  partner_addrs: ['127.0.0.1:9', '127.0.0.2:9']\n"));
        agent.start().awaitWords("Can not get cluster from dcs: ");
        agent.awaitWords("missing: 127.0.0.1:9 (not reachable), 127.0.0.2:9 (not reachable)");
        agent.terminate();
        assertEquals(0, agent.awaitEnd(15), agent.errors());
        assertFalse(Files.exists(agent.site().dataDir()));
    }

    @Test
    void whatBelongsToAnotherAgentOrAnotherCluster(TestInfo test) throws Exception {
        TriedAgent first = agent(test).start();
        TriedAgent sameDirectory = agent(test);
        TriedAgent sameName = agent(test);
        TriedAgent foreign = agent(test);
        initdb(foreign);
        first.awaitPrimary();

        sameDirectory.edit(text -> text.replace(sameDirectory.raftDir().toString(), first.raftDir().toString()));
        assertRefused(sameDirectory, "The Raft data directory " + first.raftDir() + " is in use by another process",
                "give this one its own raft.data_dir");

        sameName.join(first, "node1");
        assertRefused(sameName, "Can't start; there is already a node named 'node1' running at " + first.site().restUrl());
        assertFalse(Files.exists(sameName.site().dataDir()));

        foreign.join(first, "node2");
        Files.setPosixFilePermissions(foreign.site().dataDir(), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertRefused(foreign, "is open to others, and PostgreSQL refuses that: chmod 0700 ");
        Files.setPosixFilePermissions(foreign.site().dataDir(), PosixFilePermissions.fromString("rwx------"));
        assertRefused(foreign, "CRITICAL: system ID mismatch, node node2 belongs to a different cluster: ");
        assertTrue(Files.exists(foreign.site().dataDir().resolve("global/pg_control")), "its data is untouched");
        assertTrue(first.node().sql().isWritable(), "nobody disturbed the first");
    }

    @Test
    void fullDisks(TestInfo test) throws Exception {
        assumeTrue(ServerAccount.isRoot(), "only root can mount a small disk");
        TriedAgent raft = agent(test);
        withSmallDisk(raft.raftDir(), "4m", () -> assertRefused(raft, "The disk of the Raft data directory " + raft.raftDir()
                + " is full: ", "Make room there"));
        assertFalse(Files.exists(raft.site().dataDir()));

        TriedAgent data = agent(test);
        Path disk = data.site().dir().resolve("disk");
        data.edit(text -> text.replace(data.site().dataDir().toString(), disk + "/data"));
        withSmallDisk(disk, "12m", () -> {
            assertRefused(data, "No space left on device", "CRITICAL: Failed to bootstrap cluster");
            try (Stream<Path> left = Files.list(disk)) {
                assertEquals(List.of(), left.toList(), "what was half made is removed");
            }
        });
        data.edit(text -> text.replace(disk + "/data", data.site().dataDir().toString())).start().awaitPrimary();
    }

    /** What is done while a small disk is mounted. */
    private interface Attempt {
        void run() throws IOException;
    }

    private void withSmallDisk(Path place, String size, Attempt attempt) throws IOException, InterruptedException {
        Files.createDirectory(place);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", place.toString()) == 0, "cannot mount");
        try {
            account.own(place);
            attempt.run();
        } finally {
            assertEquals(0, run("umount", place.toString()));
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }

    private Path closedDirectory(Path path, String mode) throws IOException {
        Files.createDirectory(path);
        account.give(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
        return path;
    }

    private void initdb(TriedAgent agent) throws IOException, InterruptedException {
        Path programs = PostgresPrograms.newest(System.getenv().getOrDefault("PATH", "")).orElseThrow().binDir();
        List<String> command = new ArrayList<>(account.prefix());
        command.addAll(List.of(programs.resolve("initdb").toString(), "--no-sync", "-U", "postgres", "-A", "scram-sha-256",
                "--pwfile=" + agent.site().configFile(), "-D", agent.site().dataDir().toString()));
        assertEquals(0, new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor());
    }
}
