package io.matriarch.raft;

import io.matriarch.store.SnapshotCodec;
import io.matriarch.store.Store;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A snapshot on disk: a header, the recent calls, the store. It appears under its name only when it is complete. */
record SnapshotFile(RecentCalls calls, Store store) {

    private static final int MAGIC = 0x4d545253;
    private static final int VERSION = 1;

    void write(Path target) throws IOException {
        Path unfinished = target.resolveSibling(target.getFileName() + ".tmp");
        try (FileOutputStream file = new FileOutputStream(unfinished.toFile())) {
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(file, 1 << 16));
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            calls.write(out);
            SnapshotCodec.write(store, out);
            out.flush();
            file.getFD().sync();
        }
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(target.getParent());
    }

    static SnapshotFile read(Path source) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(source), 1 << 16))) {
            if (in.readInt() != MAGIC || in.readInt() != VERSION) {
                throw new IOException("not a snapshot of this version: " + source);
            }
            RecentCalls calls = RecentCalls.read(in);
            return new SnapshotFile(calls, SnapshotCodec.read(in));
        }
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
