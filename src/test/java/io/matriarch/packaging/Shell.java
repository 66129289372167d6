package io.matriarch.packaging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs one command to its end. */
final class Shell {

    private static final long PATIENCE_SECONDS = 120;

    private Shell() {
    }

    /** What a command left: both of its outputs together in the order written, and its exit code. */
    record Outcome(int code, String output) {
    }

    /** @param changes variables to set; a null value removes the variable */
    static Outcome run(Path directory, Map<String, String> changes, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("matriarch-shell", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile());
            changes.forEach((key, value) -> {
                if (value == null) {
                    builder.environment().remove(key);
                } else {
                    builder.environment().put(key, value);
                }
            });
            Process process = builder.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("did not end: " + command + "\n" + Files.readString(output));
            }
            return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    /** The first of these programs that exists here; null when none does. */
    static String firstOf(String... programs) {
        for (String program : programs) {
            if (Files.isExecutable(Path.of(program))) {
                return program;
            }
        }
        return null;
    }
}
