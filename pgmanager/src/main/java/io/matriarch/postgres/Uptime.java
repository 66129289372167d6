package io.matriarch.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The clock of the guard: the uptime of the machine, which goes on while it is suspended. */
final class Uptime {

    private static final Path SOURCE = Path.of("/proc/uptime");

    private Uptime() {
    }

    /** In milliseconds, to the hundredth of a second, rounded down. */
    static long millis() {
        try {
            String text = new String(Files.readAllBytes(SOURCE), StandardCharsets.US_ASCII);
            int dot = text.indexOf('.');
            return Long.parseLong(text, 0, dot, 10) * 1000 + Long.parseLong(text, dot + 1, dot + 3, 10) * 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
