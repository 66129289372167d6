package io.matriarch.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in an installed tree, with a stand-in for Java that says how it was started. */
class LauncherIT {

    private static final Path LAUNCHER = Path.of("tools/matriarch").toAbsolutePath();

    @TempDir
    private Path temp;
    private Path home;
    private Path java;

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(temp.toRealPath().resolve("a place/matriarch"));
        Files.createDirectories(home.resolve("lib"));
        script(home.resolve("bin/matriarch"), Files.readString(LAUNCHER));
        java = javaOf("jdk", "17.0.99");
    }

    @Test
    void agentGetsTheFlagsOfAnAgentAndItsArgumentsUntouched() throws Exception {
        List<String> arguments = run(Map.of(), "agent", "with blank.yml", "*");
        assertTrue(arguments.contains("-Xmx64m") && arguments.contains("-XX:+ExitOnOutOfMemoryError"), arguments.toString());
        assertEquals(List.of("-jar", home + "/lib/matriarch.jar", "agent", "with blank.yml", "*"),
            arguments.subList(arguments.indexOf("-jar"), arguments.size()));
        assertTrue(arguments.contains("-Dmatriarch.home=" + home));
        assertTrue(arguments.contains("malloc=2"));
    }

    @Test
    void commandsGetOtherFlags() throws Exception {
        List<String> arguments = run(Map.of(), "list");
        assertFalse(arguments.contains("-Xmx64m"), arguments.toString());
        assertFalse(arguments.stream().anyMatch(a -> a.startsWith("--enable-native-access")));
    }

    @Test
    void ownOptionsComeLast() throws Exception {
        List<String> arguments = run(Map.of("MATRIARCH_JAVA_OPTS", "-Xmx99m -Da=b"), "agent", "x");
        assertTrue(arguments.indexOf("-Xmx99m") > arguments.indexOf("-Xmx64m"));
        assertTrue(arguments.contains("-Da=b"));
    }

    @Test
    void symbolicLinkLeadsHome() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("m"), home.resolve("bin/matriarch"));
        Path second = Files.createSymbolicLink(temp.resolve("mm"), Path.of("m"));
        for (Path path : List.of(link, second)) {
            Shell.Outcome outcome = Shell.run(Path.of("/"), Map.of("JAVA_HOME", java.toString()), List.of(path.toString(), "list"));
            assertTrue(outcome.output().contains("\n-Dmatriarch.home=" + home + "\n"), outcome.output());
        }
    }

    @Test
    void recordedClassesServeOnlyTheJavaTheyWereRecordedWith() throws Exception {
        run(Map.of("MATRIARCH_RECORD_CLASSES", temp.resolve("agent.jsa").toString()), "agent", "x");
        Files.createDirectories(home.resolve("cds"));
        Files.copy(temp.resolve("agent.jsa.stamp"), home.resolve("cds/agent.stamp"));
        Files.writeString(home.resolve("cds/agent.jsa"), "classes");
        String sharing = "-XX:SharedArchiveFile=" + home + "/cds/agent.jsa";
        assertTrue(run(Map.of(), "agent", "x").contains(sharing));
        assertTrue(run(Map.of(), "witness", "x").contains(sharing));
        assertFalse(run(Map.of(), "list").contains(sharing));
        java = javaOf("other", "17.0.100");
        assertFalse(run(Map.of(), "agent", "x").contains(sharing));
    }

    @Test
    void tooOldJavaHomeIsPassedOver() throws Exception {
        Path old = javaOf("old", "11.0.2");
        String path = java.resolve("bin") + ":" + System.getenv("PATH");
        assertTrue(run(Map.of("JAVA_HOME", old.toString(), "PATH", path), "list").contains("java=" + java + "/bin/java"));
    }

    @Test
    void laterJavaIsToldWhatItWouldWarnOf() throws Exception {
        java = javaOf("later", "25");
        assertTrue(run(Map.of(), "list").contains("--enable-native-access=ALL-UNNAMED"));
    }

    @Test
    void exitCodeIsThatOfTheProgram() throws Exception {
        assertEquals(7, Shell.run(temp, Map.of("JAVA_HOME", java.toString()), List.of(home + "/bin/matriarch", "fail")).code());
    }

    @Test
    void launcherWithoutAProgramSaysWhereItLooked() throws Exception {
        Path lonely = temp.toRealPath().resolve("lonely/bin/matriarch");
        script(lonely, Files.readString(LAUNCHER));
        Shell.Outcome outcome = Shell.run(temp, Map.of(), List.of(lonely.toString(), "list"));
        assertEquals(1, outcome.code());
        Path lonelyHome = lonely.getParent().getParent();
        assertEquals("matriarch: no program beside " + lonely + ": neither " + lonelyHome + "/lib nor " + lonelyHome
            + "/packaging exists\n", outcome.output());
    }

    /** The arguments Java was started with, one each, preceded by what it saw of its environment. */
    private List<String> run(Map<String, String> changes, String... arguments) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(Map.of("JAVA_HOME", java.toString()));
        environment.putAll(changes);
        List<String> command = new ArrayList<>(List.of(home + "/bin/matriarch"));
        command.addAll(List.of(arguments));
        Shell.Outcome outcome = Shell.run(temp, environment, command);
        assertEquals(0, outcome.code(), outcome.output());
        return outcome.output().lines().toList();
    }

    private Path javaOf(String name, String version) throws IOException {
        Path directory = temp.toRealPath().resolve(name);
        script(directory.resolve("bin/java"), """
            #!/bin/sh
            echo "java=$0"
            echo "malloc=$MALLOC_ARENA_MAX"
            for argument; do printf '%s\\n' "$argument"; done
            if [ "$argument" = fail ]; then exit 7; fi
            """);
        Files.writeString(directory.resolve("release"), "IMPLEMENTOR=\"Someone\"\nJAVA_VERSION=\"" + version + "\"\nOS_ARCH=\"x86_64\"\n");
        return directory;
    }

    private static void script(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
