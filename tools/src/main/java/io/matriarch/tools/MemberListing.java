package io.matriarch.tools;

import io.matriarch.cluster.ClusterView;
import io.matriarch.config.ClientConfig;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prints the members of one or several clusters, once or again and again. */
final class MemberListing {

    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private final MatriarchCommand root;
    private final List<String> named;

    /** @param named the clusters of the command line; when empty the {@code scope} of the configuration */
    MemberListing(MatriarchCommand root, List<String> named) {
        this.root = root;
        this.named = List.copyOf(named);
    }

    /** How the tables look. */
    record Shape(OutputFormat format, boolean extended, boolean timestamp) {
    }

    void print(Repeat repeat, Shape shape) {
        ClientConfig config = root.config();
        Terminal terminal = root.context().terminal();
        List<String> clusters = named.isEmpty() ? config.scope().map(List::of).orElse(List.of()) : named;
        if (clusters.isEmpty()) {
            terminal.warning("WARNING - Listing members: No cluster names were provided");
            return;
        }
        Map<String, ClusterAccess> open = new LinkedHashMap<>();
        try {
            clusters.forEach(c -> open.computeIfAbsent(c, name -> root.context().store().open(config, name)));
            repeat.run(terminal, () -> {
                if (shape.timestamp()) {
                    terminal.line(LocalDateTime.now(root.context().clock()).format(SECONDS));
                }
                clusters.forEach(c -> terminal.print(text(c, open.get(c).read(), shape)));
            });
        } finally {
            open.values().forEach(ClusterAccess::close);
        }
    }

    private static String text(String cluster, ClusterView view, Shape shape) {
        return new MemberTable(cluster, view.initialize().orElse(null), ClusterDocument.of(view), shape.format(),
                shape.extended()).render();
    }
}
