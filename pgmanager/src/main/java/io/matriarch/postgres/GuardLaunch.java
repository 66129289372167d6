package io.matriarch.postgres;

import io.matriarch.config.WatchdogConfig;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** How guards of one data directory are started, where they meet their agents, and which of them run. */
final class GuardLaunch {

    private static final Path PROC = Path.of("/proc");
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final int TTL_SECONDS = 30;
    private static final int LEAST_TIMEOUT = 2;

    private final DataDirectory dataDirectory;
    private final Programs programs;
    private final GuardProgram program;
    private final WatchdogConfig watchdog;
    private final ServerLog log;
    private final Supplier<ServerSettings> settings;

    GuardLaunch(DataDirectory dataDirectory, Programs programs, GuardProgram program, WatchdogConfig watchdog,
            ServerLog log, Supplier<ServerSettings> settings) {
        this.log = log;
        this.dataDirectory = dataDirectory;
        this.programs = programs;
        this.program = program;
        this.watchdog = watchdog;
        this.settings = settings;
    }

    /** Lies beside the data directory; in memory where nothing may be made there. */
    Path run() {
        Path real = dataDirectory.realPath();
        Path beside = real.resolveSibling(real.getFileName() + "-guard");
        return Files.isDirectory(beside) || Files.isWritable(beside.getParent()) ? beside
                : MEMORY.resolve("matriarch-guard-" + Integer.toHexString(real.toString().hashCode()));
    }

    /** Makes the place for the FIFOs. Nobody else may have made it. */
    void prepare() throws IOException {
        Path run = run();
        if (!Files.isDirectory(run)) {
            Files.createDirectory(run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            DurableFiles.giveToOwnerOfDirectory(run);
        }
        Object owner = Files.getAttribute(run, "unix:uid");
        if (!owner.equals(Files.getAttribute(PROC.resolve("self"), "unix:uid"))
                && !owner.equals(Files.getAttribute(dataDirectory.realPath(), "unix:uid"))) {
            throw new IOException(run + " belongs to another user");
        }
    }

    /** Starts a program that holds nothing of this process and writes to the log of the server. */
    Process start(List<String> words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).directory(dataDirectory.path().toFile())
                .redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
        Programs.cleanEnvironment(builder.environment());
        return builder.start();
    }

    /** The words that start a server under a guard. */
    List<String> server(Optional<Armed> armed, List<String> arguments) {
        List<String> words = words(armed);
        words.add("--");
        words.add(programs.binaries().program("postgres").toString());
        words.addAll(arguments);
        return words;
    }

    /** The words that start a guard for a server that runs. */
    List<String> adoption(ProcessTable.Identity postmaster, Armed armed) {
        List<String> words = words(Optional.of(armed));
        words.add("--adopt");
        words.add(Long.toString(postmaster.pid()));
        return words;
    }

    /** What a guard begins with; the deadline in milliseconds of the uptime. */
    record Armed(long epoch, long incarnation, long deadline) {

        String line(String verb) {
            return verb + " " + epoch + " " + incarnation + " " + deadline;
        }
    }

    private List<String> words(Optional<Armed> armed) {
        List<String> words = new ArrayList<>(programs.prefix());
        words.addAll(program.words());
        words.add("--run");
        words.add(run().toString());
        for (String name : executables(programs)) {
            words.add("--name");
            words.add(name);
        }
        armed.ifPresent(a -> words.addAll(List.of(a.line("--armed").split(" "))));
        boolean required = watchdog.mode() == WatchdogConfig.Mode.REQUIRED;
        if (required || watchdog.mode() == WatchdogConfig.Mode.AUTOMATIC && Files.exists(Path.of(watchdog.device()))) {
            words.addAll(List.of("--watchdog", required ? "required" : "automatic", watchdog.device(),
                    Integer.toString(timeout())));
        }
        return words;
    }

    /** Seconds after which the device resets the machine: as Patroni has it, before the end of {@code ttl}. */
    private int timeout() {
        int ttl = settings.get().dynamic().get("ttl") instanceof Number n ? n.intValue() : TTL_SECONDS;
        int margin = watchdog.safetyMarginSeconds();
        return Math.max(LEAST_TIMEOUT, margin < 0 ? ttl / 2 : ttl - margin);
    }

    /** The names under which a server program can run. */
    static Set<String> executables(Programs programs) {
        return new LinkedHashSet<>(List.of("postgres", "postmaster",
                programs.binaries().names().getOrDefault("postgres", "postgres")));
    }

    /** Why this member must not be primary; empty when a guard can do all that is asked of it. */
    Optional<String> trouble() {
        if (watchdog.mode() != WatchdogConfig.Mode.REQUIRED) {
            return Optional.empty();
        }
        if (!program.binary()) {
            return Optional.of("Watchdog device is not usable: the shell version of the guard cannot set its timeout");
        }
        return Files.isWritable(Path.of(watchdog.device())) ? Optional.empty()
                : Optional.of("Watchdog device is not usable: cannot write to " + watchdog.device());
    }

    /** Every guard of this data directory, and the companions that outlive a killed one. */
    List<ProcessTable.Identity> processes() throws IOException {
        String run = run().toString();
        List<ProcessTable.Identity> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                List<String> words = ProcessTable.arguments(pid);
                if (words.contains(run) && words.contains("--run")) {
                    ProcessTable.look(pid).ifPresent(found::add);
                }
            }
        }
        return found;
    }
}
