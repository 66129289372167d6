package io.matriarch.tools.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * How an agent is started.
 *
 * @param command everything before the word {@code agent}
 */
public record AgentLaunch(List<String> command) {

    private static final String MAIN = "io.matriarch.agent.Main";
    private static final long RECORDING_SECONDS = 120;

    public AgentLaunch {
        command = List.copyOf(command);
    }

    /**
     * By the launcher of the installation this process runs from, else by this Java. When the account may not read the
     * installation, a copy of it is put into {@code dir} and used.
     *
     * @param narration told when a copy is made
     * @throws DrillException when the account cannot run Java
     */
    public static AgentLaunch find(ServerAccount account, Path dir, Consumer<String> narration) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        if (!account.canRead(java)) {
            throw new DrillException("the user " + account.dropTo().orElse("") + " may not run Java at " + java
                    + "; install a JDK for everyone (Debian: apt-get install openjdk-17-jre-headless) or run this as an"
                    + " ordinary user");
        }
        Optional<Path> home = Optional.ofNullable(System.getProperty("matriarch.home")).map(Path::of)
                .filter(h -> Files.isExecutable(launcherOf(h)));
        if (home.isEmpty()) {
            return thisJava();
        }
        if (account.canRead(home.get().resolve("lib"))) {
            return launcher(launcherOf(home.get()));
        }
        narration.accept("That user may not read " + home.get() + ", so it gets a copy of the program");
        return launcher(launcherOf(copy(home.get(), dir.resolve("program"), account)));
    }

    /** By the launcher script, which finds a Java and the class path itself. */
    public static AgentLaunch launcher(Path script) {
        return new AgentLaunch(List.of(script.toString()));
    }

    /** By the Java that runs this process, with its class path. */
    public static AgentLaunch thisJava() {
        return new AgentLaunch(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss256k", "-Xmx64m", "-XX:-UsePerfData",
                "-cp", System.getProperty("java.class.path"), MAIN));
    }

    List<String> agent(Path config) {
        List<String> out = new ArrayList<>(command);
        out.add("agent");
        out.add(config.toString());
        return out;
    }

    private static Path launcherOf(Path home) {
        return home.resolve("bin").resolve("matriarch");
    }

    /** Recorded classes are bound to the place they were recorded at, so the copy records its own. */
    private static Path copy(Path from, Path to, ServerAccount account) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.filter(p -> !p.startsWith(from.resolve("cds"))).toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                Files.copy(path, copy, StandardCopyOption.COPY_ATTRIBUTES);
                account.give(copy);
            }
            List<String> record = new ArrayList<>(account.prefix());
            record.add(to.resolve("bin").resolve("record-classes").toString());
            if (Files.isExecutable(to.resolve("bin").resolve("record-classes"))) {
                Shell.logged(record, to.resolveSibling("record-classes.log"), RECORDING_SECONDS);
            }
            return to;
        } catch (IOException e) {
            throw new DrillException("cannot copy " + from + " to " + to + ": " + e.getMessage(), e);
        }
    }
}
