package io.matriarch.tools;

import io.matriarch.cluster.DynamicConfig;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code show-config}: the dynamic configuration. */
@Command(name = "show-config", description = "Show the dynamic configuration of a cluster.", sortOptions = false)
final class ShowConfigCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Mixin
    private HelpOption help;

    ShowConfigCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        try (CtlSession session = CtlSession.open(root, cluster)) {
            DynamicConfig config = session.store().read().config();
            if (config.isPresent()) {
                session.terminal().print(YamlText.block(config.document()) + "\n");
            }
        }
    }
}
