package io.matriarch.tools;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code list}: the members of clusters. */
@Command(name = "list", description = "List the members of a cluster.", sortOptions = false)
final class ListCommand implements Runnable {

    private final MatriarchCommand root;

    @Parameters(arity = "0..*", paramLabel = "CLUSTER_NAME",
            description = "Clusters; by default the 'scope' of the configuration.")
    private List<String> clusters = List.of();

    @Option(names = {"-e", "--extended"}, description = "Show columns that are empty everywhere, too.")
    private boolean extended;

    @Option(names = {"-t", "--timestamp"}, description = "Print the time first.")
    private boolean timestamp;

    @Option(names = {"-f", "--format"}, paramLabel = "FORMAT", defaultValue = "pretty",
            description = "Output format: pretty, tsv, json, yaml or yml.")
    private OutputFormat format;

    @Mixin
    private Repeat repeat;

    @Mixin
    private HelpOption help;

    ListCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        if (format == OutputFormat.TOPOLOGY) {
            throw new UsageError("Invalid value for '-f' / '--format': use the command 'topology'.");
        }
        new MemberListing(root, clusters).print(repeat, new MemberListing.Shape(format, extended, timestamp));
    }
}
