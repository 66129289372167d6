package io.matriarch.postgres;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that an agent started for this data directory and that outlived it, such as the base backup of an agent that
 * was killed. They name their files by path, so one that works on would write into whatever comes to that path next.
 */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final Path PROC = Path.of("/proc");
    private static final long BETWEEN_SCANS_NANOS = 10_000_000;

    private final DataDirectory dataDirectory;
    private final Set<String> programs;

    Orphans(DataDirectory dataDirectory, PostgresBinaries binaries) {
        this.dataDirectory = dataDirectory;
        this.programs = Stream.of("initdb", "pg_basebackup", "pg_rewind")
                .map(p -> binaries.names().getOrDefault(p, p)).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Kills them, again until a scan finds none.
     *
     * @return false when some are left after {@code timeout}
     */
    boolean end(Duration timeout) throws IOException {
        long begun = System.nanoTime();
        List<Long> left = find();
        while (!left.isEmpty()) {
            if (System.nanoTime() - begun > timeout.toNanos()) {
                return false;
            }
            for (long pid : left) {
                LOG.warn("killing pid {}, left by an earlier agent: {}", pid, nameOf(pid));
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
            LockSupport.parkNanos(BETWEEN_SCANS_NANOS);
            left = find();
        }
        return true;
    }

    private List<Long> find() throws IOException {
        Set<String> arguments = Set.of("--pgdata=" + dataDirectory.staging(), dataDirectory.path().toString());
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (programs.contains(nameOf(pid)) && ProcessTable.look(pid).isPresent()
                        && ProcessTable.arguments(pid).stream().anyMatch(arguments::contains)) {
                    found.add(pid);
                }
            }
        }
        return found;
    }

    private static String nameOf(long pid) {
        try {
            return Files.readSymbolicLink(PROC.resolve(Long.toString(pid)).resolve("exe")).getFileName().toString();
        } catch (IOException e) {
            return ""; // gone, a zombie, or of another user
        }
    }
}
