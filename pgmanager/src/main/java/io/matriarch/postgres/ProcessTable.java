package io.matriarch.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The kernel's table of processes, read from {@code /proc}. */
final class ProcessTable {

    private static final Path PROC = Path.of("/proc");
    private static final String DELETED = " (deleted)";

    private ProcessTable() {
    }

    /** A process that cannot be confused with a later one of the same id. */
    record Identity(long pid, long startTicks) {

        /** Whether it is alive; a zombie is not. */
        boolean isAlive() {
            return look(pid).filter(this::equals).isPresent();
        }
    }

    /** The process of that id, unless there is none or it is a zombie. */
    static Optional<Identity> look(long pid) {
        return fields(pid).map(fields -> new Identity(pid, Long.parseLong(fields[19])));
    }

    /** What the kernel says after the name of the process. */
    private static Optional<String[]> fields(long pid) {
        String stat;
        try {
            stat = new String(Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve("stat")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty(); // the process is gone
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        char state = fields[0].charAt(0);
        return state == 'Z' || state == 'X' ? Optional.empty() : Optional.of(fields);
    }

    /**
     * How far a process has got.
     *
     * @param state as the kernel names it
     * @param ticks of processor time it has used
     */
    record Progress(char state, long ticks) {

        private static final long SOME = 2;

        /** Whether it waits for something at this moment, and would go on when a signal came. */
        boolean sleeps() {
            return state == 'S';
        }

        /** Whether the process has done something between being seen like this, or being sent a signal, and {@code later}. */
        boolean hasGoneOn(Progress later) {
            return later.sleeps() || later.ticks >= ticks + SOME;
        }
    }

    /** Empty when the process is gone. A signal that was sent before has woken it: asleep means asleep again. */
    static Optional<Progress> progress(Identity process) {
        Optional<String[]> fields = fields(process.pid());
        return fields.filter(f -> Long.parseLong(f[19]) == process.startTicks())
                .map(f -> new Progress(f[0].charAt(0), Long.parseLong(f[11]) + Long.parseLong(f[12])));
    }

    /** Every live process with one of the executable names whose working directory is {@code directory}. */
    static List<Identity> serversOf(Path directory, Set<String> executables) throws IOException {
        List<Identity> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, p -> isNumber(p.getFileName().toString()))) {
            for (Path process : all) {
                if (isServerOf(process, directory, executables)) {
                    look(Long.parseLong(process.getFileName().toString())).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    static boolean isServerOf(long pid, Path directory, Set<String> executables) {
        return isServerOf(PROC.resolve(Long.toString(pid)), directory, executables);
    }

    /** The title or command line of a process, words separated by blanks; empty when it is gone. */
    static String commandLine(long pid) {
        return String.join(" ", arguments(pid)).strip();
    }

    /** The words of the command line of a process; empty when it is gone. */
    static List<String> arguments(long pid) {
        try {
            return List.of(new String(Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve("cmdline")),
                    StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of(); // the process is gone
        }
    }

    private static boolean isServerOf(Path process, Path directory, Set<String> executables) {
        try {
            String executable = Files.readSymbolicLink(process.resolve("exe")).getFileName().toString();
            if (executable.endsWith(DELETED)) { // replaced on disk by an upgrade
                executable = executable.substring(0, executable.length() - DELETED.length());
            }
            return executables.contains(executable)
                    && Files.readSymbolicLink(process.resolve("cwd")).equals(directory);
        } catch (IOException e) {
            return false; // gone, a zombie, a kernel thread, or of another user
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
