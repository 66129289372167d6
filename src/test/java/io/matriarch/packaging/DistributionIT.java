package io.matriarch.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package phase leaves: a directory to run from and the same as a file. */
class DistributionIT {

    private static final Path BUILT = Path.of("packaging/target/matriarch").toAbsolutePath();

    @TempDir
    private Path temp;

    @Test
    void everythingAnOperatorNeedsIsThere() {
        for (String file : List.of("bin/matriarch", "bin/record-classes", "lib/matriarch.jar", "etc/matriarch.yml", "etc/witness.yml",
            "etc/haproxy.cfg", "systemd/matriarch.service", "systemd/matriarch-witness.service", "README.md")) {
            assertTrue(Files.isReadable(BUILT.resolve(file)), file);
        }
        assertTrue(Files.isExecutable(BUILT.resolve("bin/matriarch")));
    }

    @Test
    void theGuardIsThereAsSourceForTheShellAndWhereThereIsACompilerBuilt() throws Exception {
        assertTrue(Files.isReadable(BUILT.resolve("guard/matriarch-guard.c")));
        Shell.Outcome shell = Shell.run(temp, Map.of(), List.of("/bin/bash", BUILT + "/guard/matriarch-guard.sh", "--version"));
        assertEquals("matriarch-guard 1 shell", shell.output().strip());
        boolean compiler = Shell.run(temp, Map.of(), List.of("/bin/sh", "-c", "command -v cc || command -v gcc || command -v clang")).code() == 0;
        assertEquals(compiler, Files.isExecutable(BUILT.resolve("guard/matriarch-guard")));
        if (compiler) {
            assertEquals("matriarch-guard 1 binary", Shell.run(temp, Map.of(), List.of(BUILT + "/guard/matriarch-guard",
                "--version")).output().strip());
        }
    }

    @Test
    void classesWereRecordedAndAreUsed() throws Exception {
        for (String archive : List.of("agent", "cli")) {
            assertTrue(Files.exists(BUILT.resolve("cds/" + archive + ".jsa")), archive);
        }
        Path loaded = temp.resolve("loaded.txt");
        Shell.run(temp, Map.of("MATRIARCH_JAVA_OPTS", "-Xlog:class+load:file=" + loaded), List.of(BUILT + "/bin/matriarch", "list"));
        long shared = lines(loaded, "shared objects file (top)");
        // Classes as old as those of picocli cannot be recorded.
        long own = lines(loaded, BUILT + "/lib/") - lines(loaded, BUILT + "/lib/picocli");
        assertTrue(shared > 10 * own, shared + " classes came from the archive, " + own + " from the jars");
    }

    @Test
    void fileUnpacksToARunnableProgram() throws Exception {
        Path file;
        try (Stream<Path> files = Files.list(BUILT.getParent())) {
            file = files.filter(f -> f.getFileName().toString().matches("matriarch-[0-9.]+\\.tar\\.gz")).findFirst().orElseThrow();
        }
        assertEquals(0, Shell.run(temp, Map.of(), List.of("tar", "xzf", file.toString())).code());
        Path unpacked = temp.resolve(file.getFileName().toString().replace(".tar.gz", ""));
        assertTrue(Files.isExecutable(unpacked.resolve("bin/matriarch")));
        assertFalse(Files.exists(unpacked.resolve("cds")), "recorded classes are bound to a path");
        Shell.Outcome here = Shell.run(temp, Map.of(), List.of(BUILT + "/bin/matriarch", "--help"));
        Shell.Outcome there = Shell.run(Path.of("/"), Map.of(), List.of(unpacked + "/bin/matriarch", "--help"));
        assertEquals(here, there);
        assertFalse(here.output().isBlank());
    }

    private static long lines(Path file, String text) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(l -> l.contains(text)).count();
        }
    }
}
