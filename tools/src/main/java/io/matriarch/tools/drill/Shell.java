package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short programs to their end. */
final class Shell {

    private static final long PATIENCE_SECONDS = 30;

    private Shell() {
    }

    /**
     * The output of a program, both streams; whatever its exit code.
     *
     * @throws DrillException when it cannot be started or does not end
     */
    static String output(List<String> command) {
        return run(command).output();
    }

    /** @throws DrillException when it fails, with what it said */
    static void must(List<String> command) {
        Ended ended = run(command);
        if (ended.code() != 0) {
            throw new DrillException(String.join(" ", command) + " failed: " + ended.output().strip());
        }
    }

    /** Whether a program ends with 0. */
    static boolean succeeds(List<String> command) {
        return run(command).code() == 0;
    }

    /** Runs a long program; its output goes to a file. */
    static int logged(List<String> command, Path log, long patienceSeconds) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
            process.getOutputStream().close();
            return await(process, command, patienceSeconds);
        } catch (IOException e) {
            throw new DrillException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    private record Ended(int code, String output) {
    }

    private static Ended run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(await(process, command, PATIENCE_SECONDS), output);
        } catch (IOException e) {
            throw new DrillException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    private static int await(Process process, List<String> command, long seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new DrillException(command.get(0) + " did not end within " + seconds + " s");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new DrillException("interrupted while running " + command.get(0), e);
        }
    }
}
