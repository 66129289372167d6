package io.matriarch.raft;

import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The data directory of a peer: its identity, how far it has come towards membership, and Ratis' own directory.
 *
 * <p>The identity is made with the directory and dies with it: a peer that lost its disk has forgotten its votes and
 * must not come back under its old name. Writes are atomic and durable. One process at a time holds the directory.
 */
final class PeerDirectory implements AutoCloseable {

    /**
     * What is on disk.
     *
     * @param started the log was created once; if it is missing later, it was lost
     */
    record Record(UUID id, Stage stage, Optional<Charter> charter, boolean started) {

        Record withStage(Stage next) {
            return new Record(id, next, charter, started);
        }

        Record withCharter(Stage next, Charter agreed) {
            return new Record(id, next, Optional.of(agreed), started);
        }

        Record withStarted() {
            return new Record(id, stage, charter, true);
        }
    }

    private static final String FILE = "peer.properties";
    private static final long LEAST_SPACE = 8L << 20;
    private static final String LOCK = "in_use.lock";

    private final Path root;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private Record record;

    private PeerDirectory(Path root, FileChannel lockChannel, FileLock lock, Record record) {
        this.root = root;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.record = record;
    }

    static PeerDirectory open(Path root) throws RaftStartException {
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new RaftStartException("Cannot create the Raft data directory " + root + ": " + e
                    + ". Create it for this user or set raft.data_dir to another place.", e);
        }
        if (!Files.isDirectory(root) || !Files.isWritable(root)) {
            throw new RaftStartException("The Raft data directory " + root + " is not a directory that the user "
                    + System.getProperty("user.name") + " can write to. Change its owner or set raft.data_dir.");
        }
        FileChannel channel = null;
        try {
            requireSpace(root);
            channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new RaftStartException("The Raft data directory " + root + " is in use by another process (it "
                        + "holds " + root.resolve(LOCK) + "). Stop that one, or give this one its own raft.data_dir.");
            }
            PeerDirectory directory = new PeerDirectory(root, channel, lock, read(root));
            channel = null;
            directory.removeLeftovers();
            return directory;
        } catch (IOException e) {
            throw new RaftStartException("Cannot use the Raft data directory " + root + ": " + e, e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** On a full disk Ratis would replace its term and vote by an empty file, and could not be started again from it. */
    private static void requireSpace(Path root) throws IOException, RaftStartException {
        long usable = Files.getFileStore(root).getUsableSpace();
        if (usable < LEAST_SPACE) {
            throw new RaftStartException("The disk of the Raft data directory " + root + " is full: " + usable / 1024
                    + " KiB are left, and at least " + LEAST_SPACE / 1024 + " KiB are needed. Make room there, or move the"
                    + " whole directory to another disk and change raft.data_dir.");
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // the other holder is in this very process
            return null;
        }
    }

    private static void closeQuietly(FileChannel channel) throws RaftStartException {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new RaftStartException("Cannot close the lock file: " + e, e);
        }
    }

    synchronized Record record() {
        return record;
    }

    /** Replaces the record; returns when it is on disk. */
    synchronized void save(Record next) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("id", next.id().toString());
        properties.setProperty("stage", next.stage().name());
        properties.setProperty("started", Boolean.toString(next.started()));
        next.charter().ifPresent(c -> {
            properties.setProperty("formation", c.formation().toString());
            StringJoiner members = new StringJoiner(",");
            c.members().forEach((address, id) -> members.add(address + "=" + id));
            properties.setProperty("members", members.toString());
        });
        Path target = root.resolve(FILE);
        Path unfinished = root.resolve(FILE + ".tmp");
        try (FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
            properties.store(out, "Identity of this Raft peer. Belongs to this directory: never copy it.");
            out.flush();
            out.getFD().sync();
        }
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        SnapshotFile.syncDirectory(root);
        record = next;
    }

    Path storage() {
        return root.resolve("raft");
    }

    Path root() {
        return root;
    }

    private static Record read(Path root) throws IOException, RaftStartException {
        Path file = root.resolve(FILE);
        if (!Files.exists(file)) {
            if (Files.exists(root.resolve("raft"))) {
                throw new RaftStartException("The Raft data directory " + root + " has a log but no " + FILE
                        + ", so its identity is lost. Move the directory away; the peer then joins as a new one.");
            }
            return new Record(UUID.randomUUID(), Stage.EMPTY, Optional.empty(), false);
        }
        Properties properties = new Properties();
        byte[] content = Files.readAllBytes(file);
        properties.load(new ByteArrayInputStream(content));
        try {
            UUID id = UUID.fromString(properties.getProperty("id", ""));
            Stage stage = Stage.valueOf(properties.getProperty("stage", ""));
            boolean started = Boolean.parseBoolean(properties.getProperty("started"));
            String formation = properties.getProperty("formation");
            Optional<Charter> charter = formation == null ? Optional.empty() : Optional.of(
                    new Charter(UUID.fromString(formation), members(properties.getProperty("members", ""))));
            return new Record(id, stage, charter, started);
        } catch (IllegalArgumentException e) {
            throw new RaftStartException("The file " + file + " is damaged (" + content.length + " bytes, "
                    + new String(content, 0, Math.min(content.length, 40), StandardCharsets.UTF_8).strip()
                    + "). Move the directory " + root + " away; the peer then joins as a new one.", e);
        }
    }

    private static SortedMap<String, UUID> members(String text) {
        SortedMap<String, UUID> members = new TreeMap<>();
        for (String item : text.split(",")) {
            int equals = item.lastIndexOf('=');
            if (equals > 0) {
                members.put(item.substring(0, equals), UUID.fromString(item.substring(equals + 1)));
            }
        }
        return members;
    }

    /** Half-received snapshots of a former run; Ratis never removes them. */
    private void removeLeftovers() throws IOException {
        if (!Files.isDirectory(storage())) {
            return;
        }
        try (Stream<Path> groups = Files.list(storage())) {
            for (Path group : groups.toList()) {
                deleteTree(group.resolve("tmp"));
            }
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockChannel.close();
    }
}
