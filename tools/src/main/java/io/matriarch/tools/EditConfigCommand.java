package io.matriarch.tools;

import io.matriarch.cluster.DynamicConfig;
import io.matriarch.dcs.WriteResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code edit-config}: changes the dynamic configuration, unless somebody else did meanwhile. */
@Command(name = "edit-config", description = "Edit the dynamic configuration of a cluster.", sortOptions = false)
final class EditConfigCommand implements Runnable {

    private static final String STANDARD_INPUT = "-";

    private final MatriarchCommand root;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private Optional<String> cluster;

    @Option(names = {"-q", "--quiet"}, description = "Do not show changes.")
    private boolean quiet;

    @Option(names = {"-s", "--set"}, paramLabel = "KEY=VALUE", description = "Set a value; may be given again.")
    private List<String> settings = List.of();

    @Option(names = {"-p", "--pg"}, paramLabel = "KEY=VALUE",
            description = "Set a server parameter: short for -s postgresql.parameters.KEY=VALUE.")
    private List<String> parameters = List.of();

    @Option(names = "--apply", paramLabel = "FILE", description = "Merge a YAML file, - for standard input.")
    private Optional<String> apply;

    @Option(names = "--replace", paramLabel = "FILE", description = "Replace everything by a YAML file, - for standard input.")
    private Optional<String> replace;

    @Option(names = "--force", description = "Do not ask.")
    private boolean force;

    @Mixin
    private HelpOption help;

    EditConfigCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        try (CtlSession session = CtlSession.open(root, cluster)) {
            DynamicConfig config = session.store().read().config();
            if (!config.isPresent()) {
                throw new CtlError("The config key does not exist in the cluster " + session.cluster());
            }
            edit(session, config);
        }
    }

    private void edit(CtlSession session, DynamicConfig config) {
        Terminal terminal = session.terminal();
        Map<String, Object> changed = changed(terminal, config.document());
        String before = YamlText.block(config.document());
        String after = YamlText.block(changed);
        if (before.equals(after)) {
            if (!quiet) {
                terminal.line("Not changed");
            }
            return;
        }
        if (!quiet) {
            UnifiedDiff.of(before, after).forEach(terminal::line);
        }
        boolean inputUsed = apply.or(() -> replace).filter(STANDARD_INPUT::equals).isPresent()
                || replace.filter(STANDARD_INPUT::equals).isPresent();
        if (inputUsed && !force) {
            terminal.line("Use --force option to apply changes");
        } else if (force || terminal.confirm("Apply these changes?")) {
            write(session, config, changed);
        }
    }

    private static void write(CtlSession session, DynamicConfig config, Map<String, Object> changed) {
        WriteResult result = session.store().writeConfig(changed, config.modified());
        if (result instanceof WriteResult.Rejected) {
            throw new CtlError("Config modification aborted due to concurrent changes");
        }
        if (result instanceof WriteResult.Unknown unknown) {
            throw new CtlError("it is not known whether the change was stored (" + unknown.why()
                    + "); look with show-config");
        }
        session.terminal().line("Configuration changed");
    }

    private Map<String, Object> changed(Terminal terminal, Map<String, Object> document) {
        if (replace.isEmpty() && apply.isEmpty() && settings.isEmpty() && parameters.isEmpty()) {
            return mapping(new Editor(root.context().environment()).edit(YamlText.block(document)), "the edited text");
        }
        Map<String, Object> out = replace.isPresent() ? Map.of() : document;
        for (Optional<String> file : List.of(replace, apply)) {
            if (file.isPresent()) {
                out = ConfigEdits.merge(out, mapping(content(terminal, file.get()), file.get()));
            }
        }
        for (String setting : settings) {
            out = ConfigEdits.set(out, setting);
        }
        for (String parameter : parameters) {
            out = ConfigEdits.set(out, "postgresql.parameters." + parameter.stripLeading());
        }
        return out;
    }

    private static Map<String, Object> mapping(String text, String source) {
        Object parsed = YamlText.parse(text);
        if (!(parsed instanceof Map<?, ?> map)) {
            throw new CtlError(source + " does not hold a mapping");
        }
        return ConfigEdits.map(map);
    }

    private static String content(Terminal terminal, String file) {
        try {
            return file.equals(STANDARD_INPUT) ? terminal.in().lines().collect(Collectors.joining("\n"))
                    : Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new CtlError("cannot read " + file + ": " + e.getMessage());
        }
    }
}
