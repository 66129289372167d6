package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.AgentSite;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.ServerAccount;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** One agent as a process whose output is read through pipes, with a configuration that a test may spoil. */
final class TriedAgent implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    private final ServerAccount account;
    private final List<String> program;
    private final LocalCluster files;
    private final LocalAgent agent;
    private Process process;
    private Stream out;
    private Stream err;

    private TriedAgent(LocalCluster.Plan plan) {
        this.account = plan.account();
        this.program = plan.launch().command();
        this.files = LocalCluster.create(plan);
        this.agent = files.agent(0);
    }

    /** The only member of its group, in a new directory. */
    static TriedAgent in(Path parent, String directory, AgentLaunch launch) throws IOException {
        LocalCluster.Plan usual = LocalCluster.Plan.usual(1, Files.createDirectory(parent.resolve(directory)));
        return new TriedAgent(new LocalCluster.Plan(1, usual.dir(), usual.binDir(), usual.account(), launch,
                LocalNetwork.loopback(), Replication.ASYNC, ""));
    }

    AgentSite site() {
        return agent.site();
    }

    LocalAgent node() {
        return agent;
    }

    Path raftDir() {
        return site().dir().resolve("raft");
    }

    /** Changes the configuration file. */
    TriedAgent edit(UnaryOperator<String> change) throws IOException {
        String text = Files.readString(site().configFile());
        String changed = change.apply(text);
        assertTrue(!changed.equals(text), "the change finds its place");
        Files.writeString(site().configFile(), changed);
        return this;
    }

    /** Makes it use the peer of another agent, and be of the same cluster with the same passwords. */
    TriedAgent join(TriedAgent other, String name) throws IOException {
        String passwords = Files.readString(other.site().configFile());
        String text = passwords.replace(other.site().dir().toString(), site().dir().toString())
                .replace(":" + other.site().postgresPort(), ":" + site().postgresPort())
                .replace(":" + other.site().restPort(), ":" + site().restPort())
                .replace("name: node1\n", "name: " + name + "\n")
                .replaceFirst("  self_addr: .*\n  partner_addrs:.*\n", "  partner_addrs: ['" + other.site().host() + ":"
                        + other.site().raftPort() + "']\n");
        return edit(old -> text);
    }

    TriedAgent start() throws IOException {
        return start(program, Map.of(), true);
    }

    /** @param drop whether to become the account of the servers */
    TriedAgent start(List<String> words, Map<String, String> environment, boolean drop) throws IOException {
        List<String> command = new ArrayList<>(drop ? account.prefix() : List.of());
        command.addAll(words);
        command.addAll(List.of("agent", site().configFile().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
        builder.environment().keySet().removeIf(k -> k.startsWith("PATRONI_") || k.startsWith("MATRIARCH_") || k.startsWith("PG"));
        builder.environment().put("MATRIARCH_DRILL_DIR", site().dir().toString());
        builder.environment().putAll(environment);
        process = builder.start();
        process.getOutputStream().close();
        out = new Stream(process.getInputStream());
        err = new Stream(process.getErrorStream());
        return this;
    }

    long pid() {
        return process.pid();
    }

    /** What came on standard error so far. */
    String errors() {
        return err.text();
    }

    String output() {
        return out.text();
    }

    /** Waits for the end of the process and of its pipes. @return the exit code */
    int awaitEnd(long seconds) {
        try {
            assertTrue(process.waitFor(seconds, TimeUnit.SECONDS), () -> "it has not ended\n" + errors());
            awaitClosedPipes();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    int awaitEnd() {
        return awaitEnd(PATIENCE_SECONDS);
    }

    /** Nobody holds the other end of its pipes any more. */
    void awaitClosedPipes() {
        await("both pipes end", () -> !out.thread.isAlive() && !err.thread.isAlive());
    }

    void awaitWords(String words) {
        await("it says " + words, () -> errors().contains(words));
    }

    /** Until it holds the lock, which is after the founding. */
    void awaitPrimary() {
        awaitWords("the leader with the lock");
    }

    void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, () -> "waited in vain: " + what + "\n" + errors());
            Poll.pause();
        }
    }

    /** SIGTERM. By its handle, since the process object would close the pipes on our side. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL to the agent alone; returns when nobody has its pipes any more. */
    void kill9() {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** SIGHUP. */
    void hangUp() throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("/bin/sh", "-c", "kill -HUP " + pid()).start().waitFor());
    }

    @Override
    public void close() {
        if (process != null) {
            process.toHandle().destroyForcibly();
        }
        files.close();
    }

    /** A pipe, read to its end. */
    private static final class Stream implements Runnable {

        private final InputStream in;
        private final StringBuffer text = new StringBuffer();
        private final Thread thread = new Thread(this, "output of an agent");

        Stream(InputStream in) {
            this.in = in;
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                text.append("\n[the pipe broke: ").append(e.getMessage()).append("]\n");
            }
        }

        String text() {
            return text.toString();
        }
    }
}
