package io.matriarch.raft;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What the tests do to the files of a peer that is down. */
final class LogFiles {

    private LogFiles() {
    }

    /** The first file below a directory whose name begins so. */
    static Path find(Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(p -> p.getFileName().toString().startsWith(prefix)).sorted().findFirst().orElseThrow();
        }
    }

    /** Cuts the last entry short, as a loss of power does. */
    static void tearTail(Path directory, int bytes) throws IOException {
        Path log = find(directory, "log_inprogress");
        byte[] content = Files.readAllBytes(log);
        int end = content.length;
        while (end > 0 && content[end - 1] == 0) {
            end--;
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(end - bytes);
        }
    }

    /** Changes one byte of the first entry that holds this letter twice in a row. */
    static void flip(Path directory, char letter) throws IOException {
        List<Path> logs;
        try (Stream<Path> files = Files.walk(directory)) {
            logs = files.filter(p -> p.getFileName().toString().startsWith("log_")).sorted().toList();
        }
        for (Path log : logs) {
            byte[] content = Files.readAllBytes(log);
            for (int i = 0; i + 1 < content.length; i++) {
                if (content[i] == letter && content[i + 1] == letter) {
                    content[i] = (byte) (letter + 1);
                    Files.write(log, content);
                    return;
                }
            }
        }
        throw new IOException("no entry with " + letter + " in " + logs);
    }

    static void wipe(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.sorted().toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
