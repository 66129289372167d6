package io.matriarch.postgres;

import io.matriarch.config.Credentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The password file of libpq, written whole for the servers in use. Only place where passwords are on disk. */
final class PgPass {

    private final Path file;

    PgPass(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** Makes every password given valid for that host and port. */
    synchronized void write(String host, int port, List<Credentials> logins) throws IOException {
        DurableFiles.write(file, content(host, port, logins), false);
    }

    static String content(String host, int port, List<Credentials> logins) {
        Set<String> lines = new LinkedHashSet<>();
        for (Credentials login : logins) {
            login.password().ifPresent(p -> lines.add(escape(host) + ":" + port + ":*:" + escape(login.username()) + ":"
                    + escape(p.reveal())));
        }
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace(":", "\\:");
    }
}
