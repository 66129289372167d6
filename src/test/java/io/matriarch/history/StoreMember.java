package io.matriarch.history;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One store-only peer as a process of its own. One thread, but for {@link #url}. */
final class StoreMember {

    private static final String PROGRAM = System.getProperty("matriarch.home") + "/bin/matriarch";
    private static final int CLIENT_PORT = 23_790;
    private static final int PEER_PORT = 23_800;

    private final int number;
    private final List<String> prefix;
    private final List<String> hosts;
    private final Path directory;
    private Process process;

    /** @param hosts of all members, in the order of their numbers */
    StoreMember(int number, List<String> prefix, List<String> hosts, Path directory) {
        this.number = number;
        this.prefix = List.copyOf(prefix);
        this.hosts = List.copyOf(hosts);
        this.directory = directory;
    }

    String url() {
        return "http://" + hosts.get(number) + ":" + (CLIENT_PORT + number);
    }

    private String peerUrl(int member) {
        return "http://" + hosts.get(member) + ":" + (PEER_PORT + member);
    }

    Path data() {
        return directory.resolve("data");
    }

    void start() throws IOException {
        List<String> command = new ArrayList<>(prefix);
        List<String> cluster = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            cluster.add("m" + i + "=" + peerUrl(i));
        }
        command.addAll(List.of(PROGRAM, "etcd", "--name", "m" + number, "--data-dir", data().toString(), "--listen-client-urls", url(),
                "--advertise-client-urls", url(), "--listen-peer-urls", peerUrl(number), "--initial-advertise-peer-urls",
                peerUrl(number), "--initial-cluster", String.join(",", cluster), "--initial-cluster-state=new"));
        process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile())).start();
        process.getOutputStream().close();
    }

    /** Kills it, frozen or not. */
    void kill() {
        if (process != null) {
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
        if (kill.waitFor() != 0) {
            throw new IOException("m" + number + " took no " + name);
        }
    }

    @Override
    public String toString() {
        return "m" + number;
    }
}
