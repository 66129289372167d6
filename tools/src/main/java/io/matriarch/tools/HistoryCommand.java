package io.matriarch.tools;

import io.matriarch.cluster.TimelineHistory;
import io.matriarch.tools.TextTable.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code history}: where each timeline ended. */
@Command(name = "history", description = "Show the history of failovers and switchovers.", sortOptions = false)
final class HistoryCommand implements Runnable {

    private static final List<Column> COLUMNS = List.of(Column.right("TL"), Column.right("LSN"),
            Column.left("Reason"), Column.left("Timestamp"), Column.left("New Leader"));

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Option(names = {"-f", "--format"}, paramLabel = "FORMAT", defaultValue = "pretty",
            description = "Output format: pretty, tsv, json, yaml or yml.")
    private OutputFormat format;

    @Mixin
    private HelpOption help;

    HistoryCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        if (format == OutputFormat.TOPOLOGY) {
            throw new UsageError("Invalid value for '-f' / '--format': a history is no tree.");
        }
        try (CtlSession session = CtlSession.open(root, cluster)) {
            session.terminal().print(render(session.store().read().history()));
        }
    }

    private String render(TimelineHistory history) {
        List<List<Object>> rows = new ArrayList<>();
        for (TimelineHistory.Entry e : history.entries()) {
            rows.add(List.of(e.timeline(), e.switchpoint().value(), e.reason(), e.timestamp().orElse(""),
                    e.newLeader().orElse("")));
        }
        List<String> headings = COLUMNS.stream().map(Column::heading).toList();
        List<List<String>> texts = rows.stream().map(r -> r.stream().map(Object::toString).toList()).toList();
        return switch (format) {
            case JSON -> PythonJson.write(objects(headings, rows)) + "\n";
            case YAML, YML -> YamlText.block(objects(headings, rows)) + "\n";
            case TSV -> String.join("\t", headings) + "\n"
                    + String.join("", texts.stream().map(r -> String.join("\t", r) + "\n").toList());
            case PRETTY, TOPOLOGY -> new TextTable("", COLUMNS, texts).render();
        };
    }

    private static List<Map<String, Object>> objects(List<String> headings, List<List<Object>> rows) {
        List<Map<String, Object>> out = new ArrayList<>();
        for (List<Object> row : rows) {
            Map<String, Object> object = new LinkedHashMap<>();
            for (int c = 0; c < headings.size(); c++) {
                object.put(headings.get(c), row.get(c));
            }
            out.add(object);
        }
        return out;
    }
}
