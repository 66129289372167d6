package io.matriarch.process;

import io.matriarch.tools.drill.LocalAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Stops processes with SIGSTOP and lets them go on with SIGCONT. */
final class Freeze {

    private Freeze() {
    }

    /** Freezes the postmaster of an agent and its children. */
    static List<Long> postgres(LocalAgent agent) {
        long postmaster = agent.postmaster().orElseThrow();
        List<Long> pids = Stream.concat(Stream.of(postmaster), ProcessHandle.of(postmaster).orElseThrow().children()
                .map(ProcessHandle::pid)).toList();
        signal("-STOP", pids);
        return pids;
    }

    /** Every process of the server of an agent, also without a postmaster. */
    static List<Long> servers(LocalAgent agent) {
        return ProcessHandle.allProcesses().map(ProcessHandle::pid).filter(pid -> isServer(pid, agent.site().dataDir())).toList();
    }

    private static boolean isServer(long pid, Path dataDir) {
        try {
            Path process = Path.of("/proc", Long.toString(pid));
            return Files.readSymbolicLink(process.resolve("exe")).endsWith("postgres")
                    && Files.readSymbolicLink(process.resolve("cwd")).equals(dataDir.toRealPath());
        } catch (IOException e) {
            return false; // gone, or of another user
        }
    }

    /** Those that are gone by now are no error. */
    static void thaw(List<Long> pids) {
        signal("-CONT", pids.stream().filter(pid -> ProcessHandle.of(pid).isPresent()).toList());
    }

    private static void signal(String name, List<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("kill", name));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        try {
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start().waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("no program kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
