package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.PostgresStatus;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The data directory as files. Knows nothing of processes. */
final class DataDirectory {

    private final Path path;

    DataDirectory(Path path) {
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    /** As the kernel names it; the plain path while it does not exist. */
    Path realPath() {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path; // does not exist yet
        }
    }

    /** What it is, by its names alone: {@code PRESENT} has a control file, readable or not. */
    PostgresStatus.DataDirectory kind() {
        try {
            if (Files.isRegularFile(path.resolve("global/pg_control")) && Files.exists(path.resolve("PG_VERSION"))) {
                return PostgresStatus.DataDirectory.PRESENT;
            }
            return isVacant(path) ? PostgresStatus.DataDirectory.EMPTY : PostgresStatus.DataDirectory.DAMAGED;
        } catch (NoSuchFileException e) {
            return PostgresStatus.DataDirectory.EMPTY;
        } catch (IOException e) {
            return PostgresStatus.DataDirectory.UNREADABLE;
        }
    }

    private static boolean isVacant(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && !name.equals("lost+found")) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether the files say: start in recovery and stay there. */
    boolean isMarkedStandby() {
        return Files.exists(path.resolve("standby.signal")) || Files.exists(path.resolve("recovery.signal"));
    }

    /** Whether it is a base backup that no server has recovered yet. */
    boolean isFreshCopy() {
        return Files.exists(path.resolve("backup_label"));
    }

    void markStandby() throws IOException {
        DurableFiles.delete(path.resolve("recovery.signal"));
        if (!Files.exists(path.resolve("standby.signal"))) {
            DurableFiles.write(path.resolve("standby.signal"), "", groupMayRead());
        }
    }

    void unmarkStandby() throws IOException {
        DurableFiles.delete(path.resolve("standby.signal"));
        DurableFiles.delete(path.resolve("recovery.signal"));
    }

    /** Whether a rewind was begun and has not ended well: the files may be of two histories, and no server may use them. */
    boolean isHalfRewound() {
        return Files.exists(rewindMark());
    }

    void markRewind() throws IOException {
        DurableFiles.write(rewindMark(), "a rewind of this data directory was begun\n", false);
    }

    void unmarkRewind() throws IOException {
        DurableFiles.delete(rewindMark());
    }

    /** Whether a founding was begun and has not ended well: there may be a server, but not yet its roles and its content. */
    boolean isHalfFounded() {
        return Files.exists(foundingMark());
    }

    void markFounding() throws IOException {
        DurableFiles.write(foundingMark(), "the founding of this data directory was begun\n", false);
    }

    void unmarkFounding() throws IOException {
        DurableFiles.delete(foundingMark());
    }

    private Path foundingMark() {
        return sibling("founding");
    }

    /** Beside the directory: pg_rewind removes what the source does not have. */
    private Path rewindMark() {
        return sibling("rewinding");
    }

    /** Whether the group may read the cluster's files, as initdb's option for group access has it. */
    boolean groupMayRead() throws IOException {
        return Files.getPosixFilePermissions(path).contains(PosixFilePermission.GROUP_READ);
    }

    /** The major version in {@code PG_VERSION}. */
    Optional<Integer> majorVersion() {
        try {
            String text = DurableFiles.read(path.resolve("PG_VERSION"));
            return text == null ? Optional.empty() : Optional.of(Integer.parseInt(text.strip().split("\\.")[0]));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty(); // kind() tells an unreadable directory
        }
    }

    /** A line of {@code postmaster.pid}, from 1; empty when there is no such line. */
    Optional<String> pidFileLine(int number) {
        try {
            String text = DurableFiles.read(path.resolve("postmaster.pid"));
            if (text == null) {
                return Optional.empty();
            }
            String[] lines = text.split("\n");
            return number <= lines.length ? Optional.of(lines[number - 1].strip()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // being replaced or removed at this moment
        }
    }

    Optional<Long> pidFilePid() {
        return pidFileLine(1).filter(s -> s.matches("\\d{1,10}")).map(Long::parseLong);
    }

    /** The history of a timeline as written by PostgreSQL. */
    Optional<TimelineHistory> history(Timeline timeline) {
        if (timeline.value() <= 1) {
            return Optional.empty();
        }
        try {
            String text = DurableFiles.read(path.resolve("pg_wal").resolve(String.format("%08X.history", timeline.value())));
            return text == null ? Optional.empty() : Optional.of(parseHistory(text));
        } catch (IOException e) {
            return Optional.empty(); // unreadable counts as absent
        }
    }

    /** Understands a timeline history file: timeline, switch point, reason, separated by tabs. */
    static TimelineHistory parseHistory(String text) {
        List<TimelineHistory.Entry> entries = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] parts = line.strip().split("\t", 3);
            if (parts.length < 2 || !parts[0].matches("\\d{1,9}") || !parts[1].matches("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")) {
                continue;
            }
            entries.add(new TimelineHistory.Entry(Integer.parseInt(parts[0]), Lsn.parse(parts[1]),
                    parts.length > 2 ? parts[2].strip() : "", Optional.empty(), Optional.empty()));
        }
        return new TimelineHistory(true, entries);
    }

    /** Where a new cluster is prepared, so that a half-made one never lies in the data directory itself. */
    Path staging() {
        return sibling("staging");
    }

    /** Why no cluster could be prepared beside the data directory and moved in, with the way out. */
    Optional<String> stagingObstacle() throws IOException {
        Path real = realPath();
        Path parent = real.getParent();
        if (parent == null) {
            return Optional.of("the root directory cannot be a data directory; set postgresql.data_dir to a directory below");
        }
        Path existing = parent;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            return Optional.of("no permission to write to " + existing + ", where new copies of the data directory " + path
                    + " are prepared: give it to " + System.getProperty("user.name") + ", or set postgresql.data_dir to another place");
        }
        if (Files.isDirectory(real) && !Files.getAttribute(real, "unix:dev").equals(Files.getAttribute(parent, "unix:dev"))) {
            return Optional.of(real + " is a mount point, so that nothing can be moved there; use a directory below it as data_dir");
        }
        return Optional.empty();
    }

    /**
     * Makes sure that a cluster can be prepared and moved in, and removes a half-made one of an earlier attempt.
     *
     * @throws IOException that says what is in the way
     */
    void prepareStaging() throws IOException {
        Optional<String> obstacle = stagingObstacle();
        if (obstacle.isPresent()) {
            throw new IOException(obstacle.get());
        }
        Files.createDirectories(realPath().getParent());
        clearStaging();
        unmarkFounding();
    }

    /** Removes a half-made cluster. */
    void clearStaging() throws IOException {
        removeTree(staging());
    }

    /** Makes the prepared cluster the data directory, which must be absent or empty. */
    void adoptStaging() throws IOException {
        Path target = realPath();
        if (Files.isDirectory(target)) {
            removeDotFilesRefused(target);
        }
        Files.move(staging(), target, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncDirectory(target.getParent());
    }

    private static void removeDotFilesRefused(Path target) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
            if (entries.iterator().hasNext()) {
                throw new IOException("the data directory " + target + " is not empty");
            }
        }
    }

    /** Moves the data directory to a name of its own and returns it. */
    Path moveAside() throws IOException {
        int number = 1 + asides().stream().mapToInt(this::numberOf).max().orElse(0);
        Path aside = sibling("aside-" + number);
        Files.move(realPath(), aside, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncDirectory(aside.getParent());
        unmarkRewind();
        return aside;
    }

    /** Moves a cluster that failed to be founded away; an earlier failed one is replaced. */
    Path moveToFailed() throws IOException {
        Path failed = sibling("failed");
        removeTree(failed);
        Files.move(realPath(), failed, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncDirectory(failed.getParent());
        unmarkFounding();
        return failed;
    }

    /** Keeps the newest directory moved aside and removes the older ones. Only while this directory is known good. */
    List<Path> pruneAsides() throws IOException {
        List<Path> old = new ArrayList<>(asides());
        old.sort(Comparator.comparingInt(this::numberOf));
        List<Path> removed = old.subList(0, Math.max(0, old.size() - 1));
        for (Path aside : removed) {
            removeTree(aside);
        }
        return List.copyOf(removed);
    }

    private List<Path> asides() throws IOException {
        Pattern name = Pattern.compile(Pattern.quote(realPath().getFileName() + ".aside-") + "\\d{1,9}");
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(realPath().getParent(),
                p -> name.matcher(p.getFileName().toString()).matches())) {
            entries.forEach(found::add);
        }
        return found;
    }

    private int numberOf(Path aside) {
        String name = aside.getFileName().toString();
        return Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
    }

    private Path sibling(String suffix) {
        Path real = realPath();
        return real.resolveSibling(real.getFileName() + "." + suffix);
    }

    /** Removes a directory with everything below it; symbolic links are removed, not followed. */
    static void removeTree(Path root) throws IOException {
        if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
