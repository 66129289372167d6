package io.matriarch.tools.drill;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How an agent is started.
 *
 * @param command everything before the word {@code agent}
 */
public record AgentLaunch(List<String> command) {

    private static final String MAIN = "io.matriarch.agent.Main";

    public AgentLaunch {
        command = List.copyOf(command);
    }

    /**
     * By the launcher script that started this process, else by this Java. When the account may not read the program,
     * a copy of it is put into {@code dir} and used.
     */
    public static AgentLaunch find(ServerAccount account, Path dir) {
        return Optional.ofNullable(System.getProperty("matriarch.launcher")).map(Path::of)
                .filter(Files::isExecutable).map(AgentLaunch::launcher).orElseGet(AgentLaunch::thisJava);
    }

    /** By the launcher script, which finds a Java and the class path itself. */
    public static AgentLaunch launcher(Path script) {
        return new AgentLaunch(List.of(script.toString()));
    }

    /** By the Java that runs this process, with its class path. */
    public static AgentLaunch thisJava() {
        String java = ProcessHandle.current().info().command()
                .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return new AgentLaunch(List.of(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss256k", "-Xmx64m",
                "-cp", System.getProperty("java.class.path"), MAIN));
    }

    List<String> agent(Path config) {
        List<String> out = new ArrayList<>(command);
        out.add("agent");
        out.add(config.toString());
        return out;
    }
}
