package io.matriarch.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Three members of one store on this machine, started with etcd's flags. One thread. */
final class Servers implements AutoCloseable {

    static final int SIZE = 3;
    private static final long START_SECONDS = 60;
    private static final long LOOK_MILLIS = 20;
    private static final int PROBE_MILLIS = 1_000;

    private final String name;
    private final List<String> program;
    private final Path dir;
    private final List<Integer> ports;
    private final Process[] processes = new Process[SIZE];

    /**
     * @param name  to print
     * @param ports two for each member: for clients, then for peers
     */
    Servers(String name, List<String> program, Path dir, List<Integer> ports) {
        this.name = name;
        this.program = List.copyOf(program);
        this.dir = dir;
        this.ports = List.copyOf(ports);
    }

    String name() {
        return name;
    }

    int port(int member) {
        return ports.get(2 * member);
    }

    private String peer(int member) {
        return "http://127.0.0.1:" + ports.get(2 * member + 1);
    }

    Path data(int member) {
        return dir.resolve("m" + member);
    }

    void startAll() {
        IntStream.range(0, SIZE).forEach(this::start);
        awaitAll();
    }

    void awaitAll() {
        IntStream.range(0, SIZE).forEach(this::await);
    }

    void start(int member) {
        String client = "http://127.0.0.1:" + port(member);
        List<String> cluster = IntStream.range(0, SIZE).mapToObj(i -> "m" + i + "=" + peer(i)).toList();
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of("--name", "m" + member, "--data-dir", data(member).toString(), "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member),
                "--initial-cluster", String.join(",", cluster), "--initial-cluster-state", "new"));
        try {
            processes[member] = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("m" + member + ".log").toFile())).start();
            processes[member].getOutputStream().close();
        } catch (IOException e) {
            throw new BenchException("cannot start " + program.get(0) + ": " + e.getMessage(), e);
        }
    }

    /** Waits until a member answers a linearizable read. */
    void await(int member) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers(member)) {
            if (System.nanoTime() - deadline > 0 || !processes[member].isAlive()) {
                throw new BenchException(name + " m" + member + " did not start; its log is " + dir.resolve("m" + member + ".log"));
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    private boolean answers(int member) {
        try (JsonConnection connection = new JsonConnection(port(member), PROBE_MILLIS)) {
            connection.read(new byte[] {1});
            return true;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** The member that leads the Raft group; waits for one. */
    int leader() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (System.nanoTime() - deadline < 0) {
            for (int member = 0; member < SIZE; member++) {
                if (leads(member)) {
                    return member;
                }
            }
            pause();
        }
        throw new BenchException(name + " has no Raft leader");
    }

    private boolean leads(int member) {
        try (JsonConnection connection = new JsonConnection(port(member), PROBE_MILLIS)) {
            String status = connection.post("/v3/maintenance/status", "{}");
            return number(status, "leader").equals(number(status, "member_id"));
        } catch (IOException e) {
            return false; // not yet
        }
    }

    private static String number(String json, String field) {
        java.util.regex.Matcher matcher = java.util.regex.Pattern.compile("\"" + field + "\"\\s*:\\s*\"(\\d+)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : field + " is not there";
    }

    void kill(int member) {
        processes[member].destroyForcibly();
        try {
            processes[member].waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Proportional set size of all members, in MiB. */
    long memoryMiB() {
        long kib = 0;
        for (Process process : processes) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
                kib += lines.filter(line -> line.startsWith("Pss:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
            } catch (IOException e) {
                throw new BenchException("cannot read the memory of " + name + ": " + e.getMessage(), e);
            }
        }
        return kib >> 10;
    }

    /** What a member has on disk, in MiB. */
    long diskMiB(int member) {
        try (Stream<Path> files = Files.walk(data(member))) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum() >> 20;
        } catch (IOException e) {
            throw new BenchException("cannot look into " + data(member) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        for (Process process : processes) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
