package io.matriarch.postgres;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that takes what PostgreSQL writes to its standard output and error. It lies next to the data directory (inside,
 * where there is no permission for that), is opened for appending, and is bounded: beyond 8 MiB its content moves to one older file.
 */
final class ServerLog {

    private static final Logger LOG = LoggerFactory.getLogger(ServerLog.class);
    private static final long LARGEST = 8L * 1024 * 1024;
    private static final int TAIL_BYTES = 8000;
    private static final int TAIL_LINES = 8;

    private final Path file;

    ServerLog(DataDirectory dataDirectory) {
        Path real = dataDirectory.realPath();
        boolean beside = Files.isWritable(real.getParent()) || !Files.isDirectory(real);
        this.file = beside ? real.resolveSibling(real.getFileName() + "-postgres.log") : real.resolve("postgres.log");
    }

    Path file() {
        return file;
    }

    /** Makes the file usable and returns its size, which is where the output of the next server begins. */
    long prepare() throws IOException {
        bound();
        if (!Files.exists(file)) {
            Files.createFile(file, java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                    java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
            DurableFiles.giveToOwnerOfDirectory(file);
        }
        return Files.size(file);
    }

    /** Moves the content away when there is too much; a running server goes on writing at the beginning. */
    void bound() {
        try {
            if (Files.exists(file) && Files.size(file) > LARGEST) {
                Files.copy(file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot bound {}: {}", file, e.getMessage());
        }
    }

    /** The last lines written since {@code from}. */
    String tail(long from) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long start = Math.max(from > channel.size() ? 0 : from, channel.size() - TAIL_BYTES);
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, channel.size() - start));
            while (bytes.hasRemaining() && channel.read(bytes, start + bytes.position()) >= 0) {
                continue;
            }
            String[] lines = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip().split("\n");
            int first = Math.max(0, lines.length - TAIL_LINES);
            return String.join("; ", java.util.Arrays.copyOfRange(lines, first, lines.length));
        } catch (IOException e) {
            return "no output: " + e.getMessage();
        }
    }
}
