package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A PostgreSQL server under a guard, with a stand-in for the agent: a process that feeds the guard and can be stopped. */
final class GuardedServer implements AutoCloseable {

    /** How long a stand-in lets the server live after each of its words. */
    static final long SPAN = 600;
    static final long EPOCH = 7;
    static final long INCARNATION = 100;
    private static final String FEEDING = """
            exec 7<>"$0/feed" 8<> <(:)
            while :; do
                read -r up _ </proc/uptime
                up=${up/./}0
                printf '%s\\n' "feed $1 $2 $((10#$up + $3))" >&7
                read -r -t 0.1 -u 8
            done
            """;

    final Path data;
    final Path run;
    final int port;
    final Process guard;
    private final GuardChannel channel;
    private final List<Process> agents = new ArrayList<>();

    /**
     * @param data   a data directory that this server alone uses
     * @param armed  whether the guard watches from the first moment
     * @param extra  options of the guard
     */
    GuardedServer(List<String> guardWords, Path data, boolean armed, List<String> extra) throws Exception {
        this.data = data.toRealPath();
        this.run = this.data.resolveSibling(this.data.getFileName() + "-guard");
        this.port = freePort();
        List<String> words = new ArrayList<>(TestMember.prefix().words());
        words.addAll(guardWords);
        words.addAll(List.of("--run", run.toString(), "--name", "postgres"));
        if (armed) {
            words.addAll(List.of("--armed", "" + EPOCH, "" + INCARNATION, "" + (Uptime.millis() + SPAN)));
        }
        words.addAll(extra);
        words.addAll(List.of("--", PostgresBinaries.find(java.util.Optional.empty(), java.util.Map.of(), java.util.Optional.empty())
                        .program("postgres").toString(), "-D", this.data.toString(), "-p", "" + port, "-k", "",
                "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=120", "-c", "shared_buffers=16MB",
                "-c", "dynamic_shared_memory_type=mmap"));
        guard = new ProcessBuilder(words).directory(this.data.toFile()).redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true).redirectOutput(log().toFile()).start();
        TestMember.await("FIFOs of the guard", () -> Files.exists(run.resolve("reply")));
        channel = GuardChannel.open(run).orElseThrow();
    }

    Path log() {
        return data.resolveSibling(data.getFileName() + ".log");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until connections are accepted; under a guard that watches somebody has to feed it meanwhile. */
    void awaitReady() {
        TestMember.await("server ready", () -> {
            try (CommitClient client = new CommitClient(port, 1)) {
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** Starts a stand-in that feeds from now on. */
    Process agent(long epoch, long incarnation) throws IOException {
        Process agent = new ProcessBuilder("/bin/bash", "-c", FEEDING, run.toString(), "" + epoch, "" + incarnation, "" + SPAN)
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        agents.add(agent);
        return agent;
    }

    void send(String line) {
        channel.send(line);
    }

    /** Sends an order and waits for the answer that names it. */
    GuardAnswer order(String verb, long epoch, long incarnation, String deadline) throws InterruptedException {
        channel.send((verb + " " + epoch + " " + incarnation + " " + deadline).strip());
        return channel.await(a -> a.answers(epoch, incarnation), 5000).orElseThrow();
    }

    /** The deadline in force, on the clock of {@link System#nanoTime}. Nobody may be feeding. */
    long deadline() throws InterruptedException {
        long deadline = -1;
        for (int same = 0; same < 3;) {
            channel.send("status");
            TimeUnit.MILLISECONDS.sleep(25);
            long told = channel.await(GuardAnswer::isArmed, 5000).orElseThrow().deadline();
            same = told == deadline ? same + 1 : 0;
            deadline = told;
        }
        long uptime = uptimeNanos();
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadline) - uptime;
    }

    /** The uptime to a fraction of a millisecond: the moment at which its reading steps is waited for. */
    private static long uptimeNanos() {
        long first = Uptime.millis();
        long now = Uptime.millis();
        while (now == first) {
            now = Uptime.millis();
        }
        return TimeUnit.MILLISECONDS.toNanos(now);
    }

    List<Long> servers() {
        try {
            return ProcessTable.serversOf(data, Set.of("postgres")).stream().map(ProcessTable.Identity::pid).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The guard and what outlives it. */
    List<Long> guards() {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.map(p -> p.getFileName().toString()).filter(n -> n.chars().allMatch(Character::isDigit)).map(Long::parseLong)
                    .filter(pid -> ProcessTable.arguments(pid).contains(run.toString()) && ProcessTable.arguments(pid).contains("--run"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long postmaster() throws IOException {
        return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
    }

    static void signal(String name, List<Long> pids) throws IOException, InterruptedException {
        if (!pids.isEmpty()) {
            new ProcessBuilder("/bin/bash", "-c", "kill -" + name + " "
                    + pids.stream().map(String::valueOf).collect(Collectors.joining(" "))).start().waitFor();
        }
    }

    /** Waits until nothing of the server is left; returns that moment. */
    long awaitGone() {
        TestMember.await("end of every server process", () -> servers().isEmpty());
        return System.nanoTime();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        agents.forEach(Process::destroyForcibly); // also when it is stopped
        List<Long> all = new ArrayList<>(servers());
        all.addAll(guards());
        signal("CONT", all);
        for (int i = 0; i < 100 && !(servers().isEmpty() && guards().isEmpty()); i++) {
            List<Long> left = new ArrayList<>(guards());
            left.addAll(servers());
            signal("KILL", left);
            Thread.sleep(5);
        }
        channel.close();
        assertTrue(guard.waitFor(5, TimeUnit.SECONDS), "the guard is still there");
        assertTrue(servers().isEmpty(), "processes left behind");
    }
}
