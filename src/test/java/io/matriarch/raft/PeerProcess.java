package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A peer in a process of its own, that can be killed and frozen. It ends with its parent. */
final class PeerProcess implements AutoCloseable {

    private final Process process;

    private PeerProcess(Process process) {
        this.process = process;
    }

    static PeerProcess start(HostPort self, List<HostPort> partners, Path directory) throws IOException {
        return start(self, partners, directory, Map.of());
    }

    /** @param environment more variables for the process */
    static PeerProcess start(HostPort self, List<HostPort> partners, Path directory, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Xss256k", "-Xshare:auto", "-cp", System.getProperty("java.class.path"),
                PeerProcess.class.getName(), directory.toString(), self.toString()));
        partners.forEach(p -> command.add(p.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.equals("started")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the peer process ended");
        }
        return new PeerProcess(process);
    }

    long pid() {
        return process.pid();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Runs a peer until the standard input ends. */
    public static void main(String[] args) throws Exception {
        List<HostPort> partners = new ArrayList<>();
        for (int i = 2; i < args.length; i++) {
            partners.add(HostPort.parse(args[i], 0));
        }
        RatisPeer peer = RatisPeer.start(TestPeers.config(HostPort.parse(args[1], 0), partners, Path.of(args[0])),
                PeerOptions.standard());
        System.out.println("started");
        while (System.in.read() >= 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        peer.close();
        System.exit(0);
    }
}
