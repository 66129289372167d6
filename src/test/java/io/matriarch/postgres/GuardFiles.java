package io.matriarch.postgres;

import io.matriarch.config.WatchdogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/** The programs of the guard where the server's operating system user can read them. */
final class GuardFiles {

    static final String BINARY = "matriarch-guard";
    static final String SHELL = "matriarch-guard.sh";

    private GuardFiles() {
    }

    /** The compiled guard where the build made one, else the shell version. */
    static GuardSetup automatic(Path parent) throws IOException {
        return of(copy(parent, List.of(BINARY, SHELL)), WatchdogConfig.Mode.OFF, "/dev/watchdog");
    }

    static GuardSetup of(Path home, WatchdogConfig.Mode watchdog, String device) {
        return new GuardSetup(Optional.of(home), new WatchdogConfig(watchdog, device, 5));
    }

    /** Copies these of the programs that there are; returns their directory. */
    static Path copy(Path parent, List<String> names) throws IOException {
        Path home = parent.resolve("guard-programs");
        if (!Files.isDirectory(home)) {
            Files.createDirectory(home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        for (String name : names) {
            Path source = Files.exists(built().resolve(name)) ? built().resolve(name) : Path.of("packaging/guard").resolve(name);
            if (Files.exists(source) && !Files.exists(home.resolve(name))) {
                Files.copy(source, home.resolve(name));
                Files.setPosixFilePermissions(home.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        return home;
    }

    private static Path built() {
        return Path.of(System.getProperty("matriarch.home", "packaging/guard")).resolve("guard");
    }
}
