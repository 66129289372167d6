package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds PostgreSQL, and installs it where that is ours to do: as root on a system with apt. */
public final class PostgresInstall {

    private static final Path APT = Path.of("/usr/bin/apt-get");
    private static final Path NO_CLUSTER = Path.of("/etc/postgresql-common/createcluster.d/matriarch-demo.conf");
    private static final long PATIENCE_SECONDS = 900;

    private final Consumer<String> narration;

    /** @param narration told before something is installed */
    public PostgresInstall(Consumer<String> narration) {
        this.narration = narration;
    }

    /** @throws DrillException when there is none and it is not installed here; with the command to type */
    public PostgresPrograms find() {
        Optional<PostgresPrograms> there = newest();
        if (there.isPresent()) {
            return there.get();
        }
        if (!Files.isExecutable(APT)) {
            throw new DrillException("PostgreSQL 13 or newer is not installed. Install it, for example with"
                    + "\n  dnf install -y postgresql-server postgresql-contrib"
                    + "\nor say where it is with --bin-dir DIR");
        }
        if (!ServerAccount.isRoot()) {
            throw new DrillException("PostgreSQL 13 or newer is not installed. Type"
                    + "\n  sudo apt-get update && sudo apt-get install -y postgresql"
                    + "\nor say where it is with --bin-dir DIR");
        }
        narration.accept("PostgreSQL is not installed: running apt-get update && apt-get install -y postgresql"
                + " (about a minute; no server of the system is set up)");
        install();
        return newest().orElseThrow(() -> new DrillException("apt-get installed no PostgreSQL 13 or newer"));
    }

    private static Optional<PostgresPrograms> newest() {
        return PostgresPrograms.newest(System.getenv().getOrDefault("PATH", ""));
    }

    /** The packages would create and start a server on port 5432; a file in their configuration keeps them from it. */
    private static void install() {
        try {
            Path log = Files.createTempFile("matriarch-apt", ".log");
            Files.createDirectories(NO_CLUSTER.getParent());
            Files.writeString(NO_CLUSTER, "create_main_cluster = false\n");
            try {
                List<String> apt = List.of("env", "DEBIAN_FRONTEND=noninteractive", APT.toString());
                if (Shell.logged(join(apt, List.of("update")), log, PATIENCE_SECONDS) != 0 || Shell.logged(join(apt,
                        List.of("install", "-y", "--no-install-recommends", "postgresql")), log, PATIENCE_SECONDS) != 0) {
                    throw new DrillException("apt-get failed; what it said is in " + log);
                }
            } finally {
                Files.deleteIfExists(NO_CLUSTER);
            }
            Files.delete(log);
        } catch (IOException e) {
            throw new DrillException("cannot prepare the installation of PostgreSQL: " + e.getMessage(), e);
        }
    }

    private static List<String> join(List<String> first, List<String> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }
}
