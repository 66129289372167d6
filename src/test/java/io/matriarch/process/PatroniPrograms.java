package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.LocalAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Patroni's own programs, as Debian ships them. */
final class PatroniPrograms {

    private static final Path AGENT = Path.of("/usr/bin/patroni");
    private static final Path CTL = Path.of("/usr/bin/patronictl");
    private static final long PATIENCE_SECONDS = 60;

    private PatroniPrograms() {
    }

    private static Path found(Path program) {
        assertTrue(Files.isExecutable(program),
                () -> program + " is missing. Debian: apt-get install --no-install-recommends patroni python3-etcd python3-psycopg2");
        return program;
    }

    /** Starts Patroni's agent with the configuration of one of ours, under the same account. */
    static Process agent(LocalAgent like, List<String> prefix) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(found(AGENT).toString(), like.site().configFile().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(like.site().dir().toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(like.site().log().toFile()));
        builder.environment().keySet().removeIf(k -> k.startsWith("PATRONI_") || k.startsWith("PG"));
        builder.environment().put("MATRIARCH_DRILL_DIR", like.site().dir().toString());
        builder.environment().put("HOME", like.site().dir().toString());
        return builder.start();
    }

    /** Runs patronictl, which is to succeed; returns what it prints. */
    static String ctl(Path config, String... words) throws IOException, InterruptedException {
        Output output = run(config, words);
        assertEquals(0, output.code, () -> "patronictl " + String.join(" ", words) + "\n" + output.text);
        return output.text;
    }

    record Output(int code, String text) {
    }

    static Output run(Path config, String... words) throws IOException, InterruptedException {
        return runWith("", Map.of(), config, words);
    }

    static Output runWith(String input, Map<String, String> environment, Path config, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(found(CTL).toString(), "-c", config.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(k -> k.startsWith("PATRONI_") || k.startsWith("PG"));
        builder.environment().putAll(environment);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("COLUMNS", "200");
        Process process = builder.start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "patronictl does not end");
        return new Output(process.exitValue(), text);
    }
}
