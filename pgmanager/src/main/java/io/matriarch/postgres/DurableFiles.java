package io.matriarch.postgres;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes that leave either the old or the new file, also after a power loss. */
final class DurableFiles {

    private DurableFiles() {
    }

    /** Replaces the file when its content differs; readable by the owner alone, or by the group too. True when it did. */
    static boolean write(Path file, String content, boolean groupMayRead) throws IOException {
        if (content.equals(read(file))) {
            return false;
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        var mode = PosixFilePermissions.fromString(groupMayRead ? "rw-r-----" : "rw-------");
        try (FileChannel out = FileChannel.open(temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(mode))) {
            ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            Files.setPosixFilePermissions(temporary, mode);
            giveToOwnerOfDirectory(temporary);
            out.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(file.toAbsolutePath().getParent());
        return true;
    }

    /** The content, or null when there is no such file. */
    static String read(Path file) throws IOException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    static boolean delete(Path file) throws IOException {
        boolean deleted = Files.deleteIfExists(file);
        if (deleted) {
            syncDirectory(file.toAbsolutePath().getParent());
        }
        return deleted;
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** A superuser's file would be unreadable for the server; for everyone else the owner is right already. */
    static void giveToOwnerOfDirectory(Path file) throws IOException {
        Object mine = Files.getAttribute(file, "unix:uid");
        Path directory = file.toAbsolutePath().getParent();
        if (mine.equals(0) && !mine.equals(Files.getAttribute(directory, "unix:uid"))) {
            Files.setAttribute(file, "unix:uid", Files.getAttribute(directory, "unix:uid"));
            Files.setAttribute(file, "unix:gid", Files.getAttribute(directory, "unix:gid"));
        }
    }
}
