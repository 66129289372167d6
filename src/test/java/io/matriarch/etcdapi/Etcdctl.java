package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** etcd's own command line, as Debian ships it. */
record Etcdctl(String endpoint, List<String> options) {

    private static final Path PROGRAM = Path.of("/usr/bin/etcdctl");

    /** What a run printed. Warnings of the client library's log are left out. */
    record Output(int code, String out, String err) {

        String ok() {
            assertEquals(0, code, () -> out + err);
            return out;
        }

        /** The error that was printed. */
        String refused() {
            assertTrue(code != 0, () -> "was expected to fail: " + out);
            return err.lines().filter(line -> line.startsWith("Error: ")).findFirst().orElse(err).replace("Error: ", "");
        }
    }

    /** A run that goes on. */
    record Running(Process process, BufferedReader lines) implements AutoCloseable {

        /** The next lines it prints; the last says so when they do not come. */
        List<String> next(int count) throws Exception {
            List<String> read = new CopyOnWriteArrayList<>();
            CompletableFuture<Void> all = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < count; i++) {
                    try {
                        read.add(String.valueOf(lines.readLine()));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
            try {
                all.get(20, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                read.add("(nothing more)");
            }
            return read;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    static Etcdctl at(String endpoint) {
        assertTrue(Files.isExecutable(PROGRAM), "etcdctl is missing. Debian: apt-get install etcd-client");
        return new Etcdctl(endpoint, List.of());
    }

    Etcdctl with(String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new Etcdctl(endpoint, all);
    }

    Running begin(String... words) throws IOException {
        Process process = launch(words);
        return new Running(process, process.inputReader());
    }

    private Process launch(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), "--endpoints=" + endpoint));
        command.addAll(options);
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("ETCDCTL_API", "3");
        return builder.start();
    }

    Output run(String... words) throws IOException, InterruptedException {
        return runWith("", words);
    }

    Output runWith(String input, String... words) throws IOException, InterruptedException {
        Process process = launch(words);
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "etcdctl does not end");
        return new Output(process.exitValue(), out, err);
    }
}
