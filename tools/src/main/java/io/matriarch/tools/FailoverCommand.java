package io.matriarch.tools;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code failover}: promotes a replica, also without a primary. */
@Command(name = "failover", description = "Promote a replica, even without a healthy primary.", sortOptions = false)
final class FailoverCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Option(names = "--candidate", paramLabel = "NAME", description = "The member to become primary.")
    private Optional<String> candidate;

    @Option(names = "--force", description = "Do not ask.")
    private boolean force;

    @Mixin
    private HelpOption help;

    FailoverCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        try (CtlSession session = CtlSession.open(root, cluster)) {
            new LeaderChange(session, root.context().clock(), force).failover(candidate);
        }
    }
}
