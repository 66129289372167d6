package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.config.ClientConfig;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** One run of a command on one cluster: its configuration, its store, its operator. One thread. */
final class CtlSession implements AutoCloseable {

    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSS");

    private final MatriarchCommand root;
    private final ClientConfig config;
    private final String cluster;
    private final ClusterAccess store;

    private CtlSession(MatriarchCommand root, ClientConfig config, String cluster) {
        this.root = root;
        this.config = config;
        this.cluster = cluster;
        this.store = root.context().store().open(config, cluster);
    }

    /**
     * Opens the store.
     *
     * @param named the cluster of the command line; by default the {@code scope} of the configuration
     * @throws UsageError when there is neither
     */
    static CtlSession open(MatriarchCommand root, Optional<String> named) {
        ClientConfig config = root.config();
        String cluster = named.or(config::scope).orElseThrow(UsageError::noCluster);
        return new CtlSession(root, config, cluster);
    }

    String cluster() {
        return cluster;
    }

    ClusterAccess store() {
        return store;
    }

    Terminal terminal() {
        return root.context().terminal();
    }

    MemberApi api() {
        return root.context().api().open(config, root.insecure());
    }

    /** The local time with five digits of the second's fraction. */
    String stamp() {
        return LocalDateTime.now(root.context().clock()).format(STAMP);
    }

    void printMembers(ClusterView view) {
        terminal().print(new MemberTable(cluster, view.initialize().orElse(null), ClusterDocument.of(view),
                OutputFormat.PRETTY, false).render());
    }

    @Override
    public void close() {
        store.close();
    }
}
