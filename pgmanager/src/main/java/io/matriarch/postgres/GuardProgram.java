package io.matriarch.postgres;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guard that runs on this machine.
 *
 * @param words  that start it
 * @param binary whether it is the compiled one; the shell version cannot set the timeout of a watchdog device
 */
record GuardProgram(List<String> words, boolean binary) {

    private static final Logger LOG = LoggerFactory.getLogger(GuardProgram.class);
    private static final Duration TRIAL = Duration.ofSeconds(5);
    private static final String PROTOCOL = "matriarch-guard 1 ";

    GuardProgram {
        words = List.copyOf(words);
    }

    /** The compiled guard where it runs, else the shell version where that runs. Each is tried, as the user of the server. */
    static Optional<GuardProgram> find(Path home, Programs programs) {
        Path binary = home.resolve("matriarch-guard");
        Path script = home.resolve("matriarch-guard.sh");
        List<String> complaints = new ArrayList<>();
        if (Files.isExecutable(binary)) {
            GuardProgram compiled = new GuardProgram(List.of(binary.toString()), true);
            Optional<String> complaint = compiled.trial(programs);
            if (complaint.isEmpty()) {
                return Optional.of(compiled);
            }
            complaints.add(binary + ": " + complaint.get());
        }
        for (Path bash : List.of(Path.of("/bin/bash"), Path.of("/usr/bin/bash"), Path.of("/usr/local/bin/bash"))) {
            if (Files.isExecutable(bash) && Files.isReadable(script)) {
                GuardProgram shell = new GuardProgram(List.of(bash.toString(), script.toString()), false);
                Optional<String> complaint = shell.trial(programs);
                if (complaint.isEmpty()) {
                    complaints.forEach(c -> LOG.warn("the compiled guard does not run here, the shell version is used: {}", c));
                    return Optional.of(shell);
                }
                complaints.add(script + ": " + complaint.get());
            }
        }
        LOG.error("there is no guard that runs here, PostgreSQL outlives an agent that is killed: {}",
                complaints.isEmpty() ? "nothing to run in " + home : String.join("; ", complaints));
        return Optional.empty();
    }

    /** Why it does not run; empty when it does. */
    private Optional<String> trial(Programs programs) {
        List<String> command = new ArrayList<>(programs.prefix());
        command.addAll(words);
        command.add("--version");
        try {
            Programs.Result result = programs.run(command, Map.of(), TRIAL);
            return result.ok() && result.output().startsWith(PROTOCOL) ? Optional.empty() : Optional.of(result.complaint());
        } catch (OperationFailedException e) {
            return Optional.of(e.getMessage());
        }
    }
}
