package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/** The processes of this machine as {@code /proc} shows them. Processes that end while one looks are left out. */
final class ProcessTable {

    /** The variable that marks every process of one agent; its value is the agent's directory. */
    static final String MARK = "MATRIARCH_DRILL_DIR";

    private static final Path PROC = Path.of("/proc");
    private static final int TICKS_PER_SECOND = 100;
    private static final int ROUNDS = 500;
    private static final long ROUND_MILLIS = 10;

    private ProcessTable() {
    }

    /** PostgreSQL's processes of a data directory, by executable and working directory. */
    static List<Long> postgres(Path dataDir) {
        return pids(pid -> isPostgres(pid, dataDir));
    }

    /** Everything an agent started and that has its mark, the agent among them, PostgreSQL's processes and their guard. */
    static List<Long> ofAgent(Path agentDir, Path dataDir) {
        byte[] mark = ("\0" + MARK + "=" + agentDir + "\0").getBytes(StandardCharsets.UTF_8);
        return pids(pid -> isPostgres(pid, dataDir) || hasMark(pid, mark) || isGuard(pid, dataDir));
    }

    /**
     * Kills without warning, again and again, until no such process is left.
     *
     * @throws DrillException when some cannot be killed
     */
    static void killAll(Path agentDir, Path dataDir) {
        for (int i = 0; i < ROUNDS; i++) {
            List<Long> left = ofAgent(agentDir, dataDir);
            if (left.isEmpty()) {
                return;
            }
            left.forEach(ProcessTable::kill);
            Wait.pause(Duration.ofMillis(ROUND_MILLIS));
        }
        throw new DrillException("processes of " + agentDir + " cannot be killed: " + ofAgent(agentDir, dataDir));
    }

    /** SIGKILL. */
    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** Sends a signal to all at once. Processes that have ended meanwhile are no error. */
    static void signal(String name, List<Long> pids) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -" + name + " \"$@\" 2>/dev/null", "kill"));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        try {
            new ProcessBuilder(command).start().waitFor();
        } catch (IOException e) {
            throw new DrillException("cannot send a signal: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrillException("interrupted", e);
        }
    }

    /** The postmaster of a data directory that runs now. */
    static OptionalLong postmaster(Path dataDir) {
        try {
            List<String> lines = Files.readAllLines(dataDir.resolve("postmaster.pid"));
            long pid = lines.isEmpty() ? 0 : Long.parseLong(lines.get(0).strip());
            return isPostgres(pid, dataDir) ? OptionalLong.of(pid) : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            // No file, or one being written: no postmaster to speak of.
            return OptionalLong.empty();
        }
    }

    /** Memory of a process in KiB, shared pages counted in proportion; empty when it may not be read. */
    static OptionalLong proportionalKib(long pid) {
        try {
            return Files.readAllLines(PROC.resolve(pid + "/smaps_rollup")).stream().filter(l -> l.startsWith("Pss:"))
                    .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst();
        } catch (IOException e) {
            // Ended, or somebody else's.
            return OptionalLong.empty();
        }
    }

    /** Processor time of a process so far; zero when it has ended. */
    static Duration processorTime(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
        } catch (IOException e) {
            // Ended.
            return Duration.ZERO;
        }
    }

    private static List<Long> pids(LongPredicate wanted) {
        List<Long> found = new ArrayList<>();
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : all) {
                long pid = Long.parseLong(entry.getFileName().toString());
                if (pid != self && wanted.test(pid)) {
                    found.add(pid);
                }
            }
        } catch (IOException e) {
            throw new DrillException("cannot read /proc: " + e.getMessage(), e);
        }
        return found;
    }

    private static boolean isPostgres(long pid, Path dataDir) {
        try {
            Path program = Files.readSymbolicLink(PROC.resolve(pid + "/exe")).getFileName();
            return program != null && program.toString().replace(" (deleted)", "").equals("postgres")
                    && Files.readSymbolicLink(PROC.resolve(pid + "/cwd")).equals(dataDir.toRealPath());
        } catch (IOException e) {
            // Ended, or somebody else's.
            return false;
        }
    }

    private static boolean isGuard(long pid, Path dataDir) {
        try {
            List<String> words = List.of(Files.readString(PROC.resolve(pid + "/cmdline")).split("\0"));
            return words.contains("--run") && words.contains(dataDir.toRealPath() + "-guard");
        } catch (IOException e) {
            // Ended, or somebody else's.
            return false;
        }
    }

    private static boolean hasMark(long pid, byte[] mark) {
        try {
            byte[] own = Files.readAllBytes(PROC.resolve(pid + "/environ"));
            String text = "\0" + new String(own, StandardCharsets.ISO_8859_1) + "\0";
            return text.contains(new String(mark, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // Ended, or somebody else's.
            return false;
        }
    }
}
