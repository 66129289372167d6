package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import io.matriarch.tls.TlsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tls}: the certificates of a cluster. */
@Command(name = "tls", description = "Make the certificates of a cluster.", synopsisSubcommandLabel = "COMMAND", sortOptions = false)
final class TlsCommand implements Runnable {

    private static final String DEPLOYED = "/etc/matriarch/tls";

    private final MatriarchCommand root;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HelpOption help;

    TlsCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command.");
    }

    @Command(name = "init", description = "Make two authorities (peers; clients), a directory for each node, and etcd's user root.",
            sortOptions = false)
    void init(@Mixin HelpOption initHelp,
              @Option(names = "--dir", required = true, paramLabel = "DIR", description = "A new or empty directory; it gets mode 0700.")
              Path directory,
              @Option(names = "--node", paramLabel = "NAME=ADDRESS[,ADDRESS]",
                      description = "A node with the hosts or addresses it is reached at; may be repeated. Default: the peers of the"
                              + " configuration file, each under the name of its host.")
              List<String> nodes,
              @Option(names = "--days", defaultValue = "365", description = "How long certificates are good for. Default: 365; the"
                      + " authorities: ten years.") int days,
              @Option(names = "--at", defaultValue = DEPLOYED, paramLabel = "DIR", description = "Where the files of a node will be on"
                      + " that node, for the YAML that is printed. Default: " + DEPLOYED) String deployed) {
        Map<String, List<String>> all = nodes == null ? listed() : parsed(nodes);
        Terminal terminal = root.context().terminal();
        try {
            ClusterCertificates certificates = ClusterCertificates.create(directory.toAbsolutePath());
            for (Map.Entry<String, List<String>> node : all.entrySet()) {
                certificates.node(node.getKey(), node.getValue(), days);
                terminal.line(directory.resolve(node.getKey()) + "/  for " + String.join(", ", node.getValue()));
            }
            certificates.user("root", days);
            terminal.line(directory.resolve("users") + "/  root.crt and root.key: etcd's user root");
        } catch (TlsException | IOException e) {
            throw new CtlError(e.getMessage());
        }
        terminal.print(ClusterCertificates.instructions(deployed));
    }

    @Command(name = "issue", description = "Make certificates of one more node or user, or make them anew before they end.",
            sortOptions = false)
    void issue(@Mixin HelpOption issueHelp,
               @Option(names = "--dir", required = true, paramLabel = "DIR", description = "What tls init has made.") Path directory,
               @Option(names = "--node", paramLabel = "NAME=ADDRESS[,ADDRESS]", description = "As with tls init.") List<String> nodes,
               @Option(names = "--user", paramLabel = "NAME", description = "A user of the store: the common name of the certificate.")
               List<String> users,
               @Option(names = "--days", defaultValue = "365", description = "How long they are good for. Default: 365.") int days) {
        if (nodes == null && users == null) {
            throw new UsageError("Missing option '--node' or '--user'.");
        }
        try {
            ClusterCertificates certificates = ClusterCertificates.open(directory.toAbsolutePath());
            for (Map.Entry<String, List<String>> node : parsed(nodes == null ? List.of() : nodes).entrySet()) {
                certificates.node(node.getKey(), node.getValue(), days);
                root.context().terminal().line(directory.resolve(node.getKey()) + "/  for " + String.join(", ", node.getValue()));
            }
            for (String user : users == null ? List.<String>of() : users) {
                certificates.user(user, days);
                root.context().terminal().line(directory.resolve("users").resolve(user + ".crt") + " and " + user + ".key");
            }
        } catch (TlsException | IOException e) {
            throw new CtlError(e.getMessage());
        }
    }

    private static Map<String, List<String>> parsed(List<String> nodes) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (String node : nodes) {
            String[] parts = node.split("=", 2);
            if (parts.length < 2 || !parts[0].matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}") || parts[1].isBlank() || parts[0].equals("users")) {
                throw new UsageError("Invalid value for option '--node': '" + node + "' is not NAME=ADDRESS, as in node1=10.0.0.11");
            }
            List<String> hosts = new ArrayList<>();
            for (String address : parts[1].split(",")) {
                hosts.add(HostPort.parse(address.trim(), 1).host());
            }
            all.put(parts[0], hosts);
        }
        return all;
    }

    private Map<String, List<String>> listed() {
        RaftConfig raft = root.config().raft().orElseThrow(() -> new UsageError("Missing option '--node', since the configuration"
                + " has no section 'raft' whose peers would be the nodes"));
        Map<String, List<String>> all = new LinkedHashMap<>();
        raft.selfAddr().ifPresent(self -> all.put(name(self), List.of(self.host())));
        raft.partnerAddrs().forEach(partner -> all.put(name(partner), List.of(partner.host())));
        return all;
    }

    private static String name(HostPort address) {
        return address.host().replaceAll("[^A-Za-z0-9._-]", "_");
    }
}
