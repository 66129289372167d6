package io.matriarch.etcd;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A cluster of real etcd processes on this machine. */
public final class RealEtcd implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/bin/etcd");
    private static final int TRIES = 50;

    private record Member(String name, HostPort client, HostPort peer) {
    }

    private final Path directory;
    private final List<String> options;
    private final List<Member> members = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    private RealEtcd(Path directory, List<String> options) {
        this.directory = directory;
        this.options = options;
    }

    /** Starts so many members and waits until they answer. */
    public static RealEtcd start(Path directory, int size, String... options) throws Exception {
        assertTrue(Files.isExecutable(PROGRAM), "etcd is missing. Debian: apt-get install etcd-server");
        RealEtcd etcd = new RealEtcd(directory, List.of(options));
        for (int i = 0; i < size; i++) {
            etcd.members.add(new Member("e" + i, free(), free()));
        }
        for (int i = 0; i < size; i++) {
            etcd.processes.add(etcd.launch(i));
        }
        if (options.length == 0) {
            etcd.awaitReady();
        }
        return etcd;
    }

    private String scheme() {
        return options.contains("--cert-file") ? "https" : "http";
    }

    private Process launch(int which) throws IOException {
        Member me = members.get(which);
        String cluster = members.stream().map(m -> m.name + "=http://" + m.peer).collect(Collectors.joining(","));
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), "--name", me.name, "--data-dir",
                directory.resolve(me.name).toString(), "--listen-client-urls", scheme() + "://" + me.client,
                "--advertise-client-urls", scheme() + "://" + me.client, "--listen-peer-urls", "http://" + me.peer,
                "--initial-advertise-peer-urls", "http://" + me.peer, "--initial-cluster", cluster,
                "--heartbeat-interval", "100", "--election-timeout", "500", "--unsafe-no-fsync"));
        command.addAll(options);
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve(me.name + ".log").toFile())).start();
    }

    /** The client address of a member. */
    public HostPort address(int which) {
        return members.get(which).client;
    }

    /** The client addresses of all members. */
    public List<HostPort> addresses() {
        return members.stream().map(Member::client).toList();
    }

    /** Waits until every member answers a linearizable read. */
    public void awaitReady() throws Exception {
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (Member member : members) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + member.client + "/v3/kv/range"))
                    .timeout(Duration.ofSeconds(1)).POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"YQ==\"}")).build();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!answers(http, request)) {
                assertTrue(System.nanoTime() < deadline, () -> "etcd does not start:\n" + log(member.name));
                Thread.sleep(50);
            }
        }
    }

    private static boolean answers(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private String log(String name) {
        try {
            return Files.readString(directory.resolve(name + ".log"));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** Runs etcdctl against the first member and returns what it prints. */
    public String etcdctl(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/etcdctl", "--endpoints=" + address(0)));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ETCDCTL_API", "3");
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "etcdctl does not end");
        assertTrue(process.exitValue() == 0, () -> String.join(" ", words) + ": " + out);
        return out.trim();
    }

    /** Kills a member. */
    public void kill(int which) throws InterruptedException {
        processes.get(which).destroyForcibly().waitFor();
    }

    /** Starts a killed member again. */
    public void restart(int which) throws IOException {
        processes.set(which, launch(which));
    }

    /** Stops a member in its tracks, or lets it go on. */
    public void signal(int which, String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, String.valueOf(processes.get(which).pid())).start().waitFor();
    }

    /** A port of 127.0.0.1 that nobody listens on. */
    public static HostPort free() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 31_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
                return new HostPort("127.0.0.1", socket.getLocalPort());
            } catch (IOException taken) {
                // another one then
                continue;
            }
        }
        return fail("no free port");
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> {
            try {
                process.waitFor(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
