package io.matriarch.tools;

import io.matriarch.tls.CertificateAuthority;
import io.matriarch.tls.CertificateAuthority.Use;
import io.matriarch.tls.TlsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The certificates of a cluster in a directory: two authorities, one for peers and one for everything else, so that no
 * client's certificate is good on the Raft port; and for each node a directory with all that it needs.
 */
final class ClusterCertificates {

    private static final int AUTHORITY_DAYS = 3650;
    private static final String PEERS = "raft-ca";
    private static final String CLIENTS = "ca";
    private static final String USERS = "users";

    private final Path directory;
    private final CertificateAuthority peers;
    private final CertificateAuthority clients;

    private ClusterCertificates(Path directory, CertificateAuthority peers, CertificateAuthority clients) {
        this.directory = directory;
        this.peers = peers;
        this.clients = clients;
    }

    /** @throws TlsException when the directory holds something already */
    static ClusterCertificates create(Path directory) throws TlsException, IOException {
        closed(directory);
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new CtlError(directory + " is not empty, and nothing is overwritten. Name another directory, or make single"
                        + " certificates anew with: matriarch tls issue");
            }
        }
        return new ClusterCertificates(directory,
                CertificateAuthority.create(directory.resolve(PEERS + ".crt"), directory.resolve(PEERS + ".key"),
                        "Matriarch authority of peers", AUTHORITY_DAYS),
                CertificateAuthority.create(directory.resolve(CLIENTS + ".crt"), directory.resolve(CLIENTS + ".key"),
                        "Matriarch authority of members and clients", AUTHORITY_DAYS));
    }

    static ClusterCertificates open(Path directory) throws TlsException {
        return new ClusterCertificates(directory,
                CertificateAuthority.open(directory.resolve(PEERS + ".crt"), directory.resolve(PEERS + ".key")),
                CertificateAuthority.open(directory.resolve(CLIENTS + ".crt"), directory.resolve(CLIENTS + ".key")));
    }

    /** @param hosts where the node is reached; clients on the node itself may use the loopback address as well */
    void node(String name, List<String> hosts, int days) throws TlsException, IOException {
        Path own = closed(directory.resolve(name));
        peers.issue(own.resolve("raft"), name, hosts, Use.MEMBER, days);
        List<String> all = new ArrayList<>(hosts);
        all.addAll(List.of("localhost", "127.0.0.1", "::1"));
        clients.issue(own.resolve("node"), "node " + name, all, Use.MEMBER, days);
        copy(peers, own.resolve(PEERS + ".crt"));
        copy(clients, own.resolve(CLIENTS + ".crt"));
    }

    /** A user of the store, who shows this in place of a password. */
    void user(String name, int days) throws TlsException, IOException {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")) {
            throw new UsageError("Invalid value for option '--user': '" + name + "'");
        }
        Path users = closed(directory.resolve(USERS));
        clients.issue(users.resolve(name), name, List.of(), Use.CLIENT, days);
        copy(clients, users.resolve(CLIENTS + ".crt"));
    }

    private static void copy(CertificateAuthority authority, Path to) throws IOException {
        Files.copy(authority.certificate(), to, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path closed(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        return directory;
    }

    /** What to do with the files. */
    static String instructions(String at) {
        String own = "  certfile: " + at + "/node.crt\n  keyfile: " + at + "/node.key\n";
        return "\nCopy the directory of each node to " + at + " on that node, owned by the user of the agent. Keep ca.key and"
                + " raft-ca.key\noff the nodes: who has them can make certificates. In the YAML of every node, the same everywhere:\n\n"
                + "raft:\n  certfile: " + at + "/raft.crt\n  keyfile: " + at + "/raft.key\n  cafile: " + at + "/raft-ca.crt\n"
                + "restapi:\n" + own + "  cafile: " + at + "/ca.crt\n  verify_client: optional   # health checks need no certificate, changes do\n"
                + "ctl:\n" + own + "  cacert: " + at + "/ca.crt\n"
                + "etcd_adapter:\n" + own + "  cafile: " + at + "/ca.crt\n  verify_client: optional   # reading needs no certificate, writing does\n\n"
                + "Peers with and without TLS do not understand each other: stop all agents, change the files, start all.\n"
                + "etcd's clients: etcdctl --cacert users/ca.crt --cert users/root.crt --key users/root.key. Before certificates end, run"
                + " tls issue\nand replace the files: they are taken without a restart.\n";
    }
}
