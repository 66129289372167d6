package io.matriarch.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files an operator copies, checked by the programs that will read them. */
class SampleFilesIT {

    private static final Path HAPROXY = Path.of("packaging/haproxy/haproxy.cfg").toAbsolutePath();
    private static final Path UNITS = Path.of("packaging/systemd").toAbsolutePath();
    /** What every unit pulls in; without them the check of any unit fails. */
    private static final List<String> TARGETS = List.of("sysinit.target", "basic.target", "shutdown.target", "network.target",
        "network-online.target", "multi-user.target", "local-fs.target", "sockets.target", "timers.target", "paths.target",
        "slices.target", "umount.target", "final.target", "rescue.target", "emergency.target");

    @TempDir
    private Path root;

    @Test
    void haproxyAcceptsItsConfiguration() throws Exception {
        String haproxy = haproxy();
        Shell.Outcome outcome = Shell.run(root, Map.of(), List.of(haproxy, "-c", "-f", HAPROXY.toString()));
        assertEquals(0, outcome.code(), outcome.output());
        assertEquals(List.of(), outcome.output().lines().filter(l -> l.contains("WARNING") || l.contains("ALERT")).toList());
    }

    @Test
    void haproxyWouldRefuseASpoiledOne() throws Exception {
        String haproxy = haproxy();
        Path spoiled = Files.writeString(root.resolve("haproxy.cfg"), Files.readString(HAPROXY).replace("on-marked-down", "on-marked-dwn"));
        assertNotEquals(0, Shell.run(root, Map.of(), List.of(haproxy, "-c", "-f", spoiled.toString())).code());
    }

    @Test
    void systemdAcceptsTheUnits() throws Exception {
        Shell.Outcome outcome = verify("");
        assertEquals("", outcome.output());
        assertEquals(0, outcome.code());
    }

    @Test
    void systemdWouldComplainOfASpoiledUnit() throws Exception {
        assertNotEquals("", verify("KillMood=process\n").output());
    }

    private static String haproxy() {
        String haproxy = Shell.firstOf("/usr/sbin/haproxy", "/usr/bin/haproxy", "/usr/local/sbin/haproxy");
        assumeTrue(haproxy != null, "haproxy is not installed here");
        return haproxy;
    }

    /** Checks both units in a tree of their own, with the program they start in its place. */
    private Shell.Outcome verify(String added) throws IOException, InterruptedException {
        String analyze = Shell.firstOf("/usr/bin/systemd-analyze", "/bin/systemd-analyze");
        assumeTrue(analyze != null, "systemd-analyze is not installed here");
        Path units = Files.createDirectories(root.resolve("etc/systemd/system"));
        for (String unit : List.of("matriarch.service", "matriarch-witness.service")) {
            Files.writeString(units.resolve(unit), Files.readString(UNITS.resolve(unit)).replace("[Service]\n", "[Service]\n" + added));
        }
        for (String target : TARGETS) {
            Files.writeString(units.resolve(target), "[Unit]\nDescription=" + target + "\nDefaultDependencies=no\n");
        }
        program("opt/matriarch/bin/matriarch");
        program("bin/kill");
        Files.createDirectories(root.resolve("opt/matriarch"));
        return Shell.run(root, Map.of("SYSTEMD_LOG_LEVEL", "notice"), List.of(analyze, "verify", "--man=no", "--root=" + root,
            "matriarch.service", "matriarch-witness.service"));
    }

    private void program(String path) throws IOException {
        Path program = root.resolve(path);
        Files.createDirectories(program.getParent());
        Files.writeString(program, "#!/bin/sh\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
