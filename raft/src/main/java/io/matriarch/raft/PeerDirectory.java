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
import java.util.List;
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
     * @param started  the log was created once; if it is missing later, it was lost
     * @param address  the address under which the others know this storage; empty in files of older versions
     * @param replaces the identity whose place this one takes, until it is a member
     */
    record Record(UUID id, Stage stage, Optional<Charter> charter, boolean started, Optional<String> address,
                  Optional<UUID> replaces) {

        static Record fresh() {
            return new Record(UUID.randomUUID(), Stage.EMPTY, Optional.empty(), false, Optional.empty(),
                    Optional.empty());
        }

        Record withStage(Stage next) {
            // who joins has nothing to do with what it accepted before
            return new Record(id, next, next == Stage.JOINING ? Optional.empty() : charter, started, address,
                    next == Stage.FORMED ? Optional.empty() : replaces);
        }

        Record withCharter(Stage next, Charter agreed) {
            return new Record(id, next, Optional.of(agreed), started, address, replaces);
        }

        Record withStarted() {
            return new Record(id, stage, charter, true, address, replaces);
        }

        Record withAddress(String known) {
            return new Record(id, stage, charter, started, Optional.of(known), replaces);
        }

        Record withReplaces(Optional<UUID> former) {
            return new Record(id, stage, charter, started, address, former);
        }
    }

    private static final String FILE = "peer.properties";
    private static final String LOG = "raft";
    private static final String ASIDE = "set-aside";
    private static final int KEPT_ASIDE = 2;
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

    /**
     * Opens the directory and takes hold of it.
     *
     * @throws DamagedStorageException when it cannot serve as it is, but another one could take its place
     */
    static PeerDirectory open(Path root) throws RaftStartException {
        PeerDirectory directory = hold(root);
        boolean ready = false;
        try {
            directory.record = read(root);
            if (directory.record.stage() == Stage.EMPTY) {
                requireSpace(root);
            }
            directory.removeLeftovers();
            ready = true;
            return directory;
        } catch (IOException e) {
            throw new RaftStartException("Cannot use the Raft data directory " + root + ": " + e, e);
        } finally {
            if (!ready) {
                closeQuietly(directory.lockChannel);
            }
        }
    }

    /**
     * Moves everything a peer left here into a directory beside it, where it stays for an examination, and begins anew
     * with a fresh identity.
     *
     * @return where the old files are
     */
    static Path setAside(Path root, Optional<UUID> replaces, String stamp) throws RaftStartException {
        Path aside = root.resolve(ASIDE);
        try (PeerDirectory directory = hold(root)) {
            Path target = aside.resolve(stamp);
            Files.createDirectories(target);
            for (String name : List.of(FILE, LOG)) {
                if (Files.exists(root.resolve(name))) {
                    Files.move(root.resolve(name), target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                }
            }
            forgetOldest(aside);
            SnapshotFile.syncDirectory(root);
            directory.save(Record.fresh().withReplaces(replaces));
            return target;
        } catch (IOException e) {
            throw new RaftStartException("Cannot move the damaged files in " + root + " to " + aside + ": " + e, e);
        }
    }

    private static void forgetOldest(Path aside) throws IOException {
        try (Stream<Path> all = Files.list(aside)) {
            List<Path> oldestFirst = all.sorted().toList();
            for (Path old : oldestFirst.subList(0, Math.max(0, oldestFirst.size() - KEPT_ASIDE))) {
                deleteTree(old);
            }
        }
    }

    private static PeerDirectory hold(Path root) throws RaftStartException {
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
        ClosedDirectory.close(root);
        FileChannel channel = null;
        try {
            channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new RaftStartException("The Raft data directory " + root + " is in use by another process (it "
                        + "holds " + root.resolve(LOCK) + "). Stop that one, or give this one its own raft.data_dir.");
            }
            PeerDirectory directory = new PeerDirectory(root, channel, lock, Record.fresh());
            channel = null;
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
        if (usable < DiskSpace.LEAST) {
            throw new RaftStartException("The disk of the Raft data directory " + root + " is full: " + usable / 1024
                    + " KiB are left, and at least " + DiskSpace.LEAST / 1024 + " KiB are needed. Make room there, or move the"
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

    /** Notes the address this storage has from here on; on disk at once when the storage belongs to a group. */
    synchronized void resideAt(String address) throws IOException {
        if (!record.address().equals(Optional.of(address))) {
            record = record.withAddress(address);
            if (record.stage() != Stage.EMPTY) {
                save(record);
            }
        }
    }

    /** Replaces the record; returns when it is on disk. */
    synchronized void save(Record next) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("id", next.id().toString());
        properties.setProperty("stage", next.stage().name());
        properties.setProperty("started", Boolean.toString(next.started()));
        next.address().ifPresent(a -> properties.setProperty("address", a));
        next.replaces().ifPresent(r -> properties.setProperty("replaces", r.toString()));
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
        return root.resolve(LOG);
    }

    /** Hides the log of the group from Ratis, which opens whatever it finds at a start, or shows it again. */
    void hideLog(UUID group, boolean hidden) throws IOException {
        Path shown = storage().resolve(group.toString());
        Path parked = storage().resolve(group + ".parked");
        Path from = hidden ? shown : parked;
        if (Files.exists(from)) {
            Files.move(from, hidden ? parked : shown, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    Path root() {
        return root;
    }

    private static Record read(Path root) throws IOException, RaftStartException {
        Path file = root.resolve(FILE);
        if (!Files.exists(file)) {
            if (Files.exists(root.resolve(LOG))) {
                throw new DamagedStorageException(Optional.empty(), "The Raft data directory " + root + " has a log but no " + FILE
                        + ", so its identity is lost. Move the directory away; the peer then joins as a new one.");
            }
            return Record.fresh();
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
            return new Record(id, stage, charter, started, Optional.ofNullable(properties.getProperty("address")),
                    Optional.ofNullable(properties.getProperty("replaces")).map(UUID::fromString));
        } catch (IllegalArgumentException e) {
            throw new DamagedStorageException(Optional.empty(), "The file " + file + " is damaged (" + content.length + " bytes, "
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
