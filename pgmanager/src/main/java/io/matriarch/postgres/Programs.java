package io.matriarch.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs server programs to their end, with a clean environment. */
final class Programs {

    private static final int KEPT = 4_000_000;
    private static final Duration TO_DIE = Duration.ofSeconds(5);

    private final PostgresBinaries binaries;
    private final CommandPrefix prefix;

    Programs(PostgresBinaries binaries, CommandPrefix prefix) {
        this.binaries = binaries;
        this.prefix = prefix;
    }

    /** What a program left. {@code output} is standard output, {@code errors} standard error; both bounded. */
    record Result(int exitCode, String output, String errors) {

        boolean ok() {
            return exitCode == 0;
        }

        /** The last lines a person needs to see. */
        String complaint() {
            String text = errors.isBlank() ? output : errors;
            String[] lines = text.strip().split("\n");
            int from = Math.max(0, lines.length - 6);
            return String.join("; ", List.of(lines).subList(from, lines.length)).strip() + " (exit code " + exitCode + ")";
        }
    }

    PostgresBinaries binaries() {
        return binaries;
    }

    /** What stands before every program. */
    List<String> prefix() {
        return prefix.words();
    }

    /** The words of a command line: prefix, program, arguments. */
    List<String> command(String program, List<String> arguments) {
        List<String> words = new ArrayList<>(prefix.words());
        words.add(binaries.program(program).toString());
        words.addAll(arguments);
        return words;
    }

    /** As {@link #run(List, Map, Duration)} for a server program. */
    Result run(String program, List<String> arguments, Map<String, String> environment, Duration timeout)
            throws OperationFailedException {
        return run(command(program, arguments), environment, timeout);
    }

    /**
     * Runs and waits. An interrupt of the thread kills the program.
     *
     * @throws OperationFailedException when it cannot be started, takes too long, or the thread is interrupted
     */
    Result run(List<String> words, Map<String, String> environment, Duration timeout) throws OperationFailedException {
        String name = Path.of(words.get(prefix.words().size() < words.size() ? prefix.words().size() : 0))
                .getFileName().toString();
        ProcessBuilder builder = new ProcessBuilder(words).redirectInput(Path.of("/dev/null").toFile())
                .directory(Path.of("/").toFile());
        cleanEnvironment(builder.environment());
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new OperationFailedException("cannot start " + name + ": " + e.getMessage(), e);
        }
        Drain out = Drain.of(process.getInputStream(), name);
        Drain err = Drain.of(process.getErrorStream(), name);
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new OperationFailedException(name + " did not end within " + timeout.toSeconds() + " s");
            }
            out.thread.join(1000);
            err.thread.join(1000);
            return new Result(process.exitValue(), out.text(), err.text());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationFailedException("cancelled while running " + name, e);
        } finally {
            if (process.isAlive()) {
                killAndWait(process);
            }
        }
    }

    /** Returns when program and children are gone, so that what they wrote can be removed; interrupted or not. */
    private static void killAndWait(Process process) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + TO_DIE.toNanos();
        while (all.stream().anyMatch(p -> ProcessTable.look(p.pid()).isPresent()) && System.nanoTime() - deadline < 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes what would change the behaviour of server programs or tell them things that are not theirs. */
    static void cleanEnvironment(Map<String, String> environment) {
        environment.keySet().removeIf(k -> k.startsWith("PG") && !k.equals("PG_MALLOC_ARENA_MAX")
                || k.startsWith("PATRONI_") || k.startsWith("MATRIARCH_") || k.startsWith("KUBERNETES_")
                || k.equals("NOTIFY_SOCKET") || k.equals("LISTEN_FDS") || k.equals("LISTEN_PID"));
        String arenas = environment.remove("PG_MALLOC_ARENA_MAX");
        if (arenas != null) {
            environment.put("MALLOC_ARENA_MAX", arenas);
        }
        String locale = environment.remove("LC_ALL");
        if (locale != null && !locale.isEmpty()) { // it would overrule LC_MESSAGES
            environment.keySet().removeIf(k -> k.startsWith("LC_"));
            environment.put("LANG", locale);
        }
        environment.put("LC_MESSAGES", "C");
    }

    /** Empties a pipe so that the program never blocks on it; keeps the end. */
    private static final class Drain implements Runnable {

        private final InputStream in;
        private final StringBuilder text = new StringBuilder();
        private Thread thread;

        private Drain(InputStream in) {
            this.in = in;
        }

        static Drain of(InputStream in, String name) {
            Drain drain = new Drain(in);
            drain.thread = new Thread(drain, "output of " + name);
            drain.thread.setDaemon(true);
            drain.thread.start();
            return drain;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                int n = in.read(buffer);
                while (n >= 0) {
                    append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                    n = in.read(buffer);
                }
            } catch (IOException e) {
                append("\n[output lost: " + e.getMessage() + "]");
            }
        }

        private synchronized void append(String more) {
            text.append(more);
            if (text.length() > KEPT) {
                text.delete(0, text.length() - KEPT / 2);
            }
        }

        synchronized String text() {
            return text.toString();
        }
    }
}
