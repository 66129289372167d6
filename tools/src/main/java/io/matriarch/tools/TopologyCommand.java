package io.matriarch.tools;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code topology}: the members of clusters as a tree of who replicates from whom. */
@Command(name = "topology", description = "Show who replicates from whom.", sortOptions = false)
final class TopologyCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..*", paramLabel = "CLUSTER_NAME",
            description = "Clusters; by default the 'scope' of the configuration.")
    private List<String> clusters = List.of();

    @Mixin
    private Repeat repeat;

    @Mixin
    private HelpOption help;

    TopologyCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        new MemberListing(root, clusters).print(repeat,
                new MemberListing.Shape(OutputFormat.TOPOLOGY, false, false));
    }
}
