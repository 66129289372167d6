package io.matriarch.tools;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code switchover}: moves the primary of a healthy cluster. */
@Command(name = "switchover", description = "Move the primary to a replica.", sortOptions = false)
final class SwitchoverCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Option(names = {"--leader", "--primary"}, paramLabel = "NAME", description = "The current primary.")
    private Optional<String> leader;

    @Option(names = "--candidate", paramLabel = "NAME", description = "The member to become primary.")
    private Optional<String> candidate;

    @Option(names = "--scheduled", paramLabel = "TIME", description = "When, for example 2026-11-20T04:00; or now.")
    private Optional<String> scheduled;

    @Option(names = "--force", description = "Do not ask.")
    private boolean force;

    @Mixin
    private HelpOption help;

    SwitchoverCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        try (CtlSession session = CtlSession.open(root, cluster)) {
            new LeaderChange(session, root.context().clock(), force)
                    .switchover(leader, candidate, scheduled);
        }
    }
}
