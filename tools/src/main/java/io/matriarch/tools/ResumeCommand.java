package io.matriarch.tools;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code resume}: manage PostgreSQL again. */
@Command(name = "resume", description = "Resume automatic failover.", sortOptions = false)
final class ResumeCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Option(names = "--wait", description = "Wait until every member has noticed.")
    private boolean wait;

    @Mixin
    private HelpOption help;

    ResumeCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        try (CtlSession session = CtlSession.open(root, cluster)) {
            new PauseSwitch(session).turn(false, wait);
        }
    }
}
