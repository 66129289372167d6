package io.matriarch.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads YAML into {@link Setting}s that know their line. What the YAML library says about a broken file is not shown as
 * it is, because it quotes the text around the fault, which may be a password.
 */
final class YamlTree {

    private static final int DEEPEST = 40;
    private static final int MOST_NODES = 100_000;

    private final Findings findings;

    YamlTree(Findings findings) {
        this.findings = findings;
    }

    /** A file, or all {@code *.yml} and {@code *.yaml} of a directory in name order, later ones patched over earlier. */
    Optional<Setting.Block> read(Path fileOrDirectory) {
        Setting.Block merged = null;
        for (Path file : files(fileOrDirectory)) {
            Optional<Setting.Block> one = readFile(file);
            if (one.isPresent()) {
                merged = merged == null ? one.get() : patched(merged, one.get());
            }
        }
        return Optional.ofNullable(merged);
    }

    /** A whole document held in an environment variable. */
    Optional<Setting.Block> readText(String text, String source) {
        return parse(text, source, line -> new Origin(source + " line " + line));
    }

    /** A value given as text whose YAML form counts, for example a list in an environment variable. */
    Optional<Setting> readValue(String text, Origin origin) {
        try {
            Node node = yaml().compose(new StringReader(text));
            return node == null ? Optional.empty() : Optional.of(new Conversion(line -> origin).of(node, 0));
        } catch (YAMLException e) {
            findings.problem(origin + ": not valid YAML" + fault(e));
            return Optional.empty();
        }
    }

    private List<Path> files(Path fileOrDirectory) {
        if (!Files.isDirectory(fileOrDirectory)) {
            return List.of(fileOrDirectory);
        }
        try (Stream<Path> entries = Files.list(fileOrDirectory)) {
            List<Path> found = entries.filter(p -> p.toString().endsWith(".yml") || p.toString().endsWith(".yaml"))
                .filter(Files::isRegularFile).sorted().toList();
            if (found.isEmpty()) {
                findings.problem(fileOrDirectory + ": no *.yml or *.yaml file in this directory");
            }
            return found;
        } catch (IOException e) {
            findings.problem(fileOrDirectory + ": cannot list this directory: " + reason(e));
            return List.of();
        }
    }

    private Optional<Setting.Block> readFile(Path file) {
        try {
            return parse(Files.readString(file), file.toString(), line -> Origin.line(file, line));
        } catch (IOException e) {
            findings.problem(file + ": cannot read this file: " + reason(e));
            return Optional.empty();
        }
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "it does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied for user " + System.getProperty("user.name");
        }
        return e instanceof CharacterCodingException ? "it is not UTF-8 text" : String.valueOf(e.getMessage());
    }

    private Optional<Setting.Block> parse(String text, String source, IntFunction<Origin> origins) {
        try {
            Node root = yaml().compose(new StringReader(text));
            boolean empty = root == null || root instanceof ScalarNode scalar && Tag.NULL.equals(scalar.getTag());
            if (empty) {
                return Optional.of(new Setting.Block(Map.of(), origins.apply(1)));
            }
            if (new Conversion(origins).of(root, 0) instanceof Setting.Block block) {
                return Optional.of(block);
            }
            findings.problem("invalid config file " + source + ": it must hold a mapping (lines of 'key: value')");
        } catch (YAMLException e) {
            findings.problem(source + ": not valid YAML" + fault(e));
        }
        return Optional.empty();
    }

    private static String fault(YAMLException e) {
        if (!(e instanceof MarkedYAMLException marked) || marked.getProblemMark() == null) {
            return "";
        }
        String place = " at line " + (marked.getProblemMark().getLine() + 1)
            + ", column " + (marked.getProblemMark().getColumn() + 1);
        String problem = String.valueOf(marked.getProblem());
        // These texts quote a word of the file; the word may be a password that lacks its quotes.
        boolean quotes = problem.contains("alias") || problem.contains("anchor") || problem.contains("tag");
        return quotes ? place + ": a value that begins with *, & or ! must be quoted" : place + ": " + problem;
    }

    private static Yaml yaml() {
        return new Yaml(options());
    }

    private static LoaderOptions options() {
        LoaderOptions options = new LoaderOptions();
        options.setMergeOnCompose(true);
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(50);
        return options;
    }

    /** Patch semantics: mappings merge, null removes, everything else replaces. */
    static Setting.Block patched(Setting.Block base, Setting.Block patch) {
        Map<String, Setting> entries = new LinkedHashMap<>(base.entries());
        patch.entries().forEach((key, value) -> {
            if (value instanceof Setting.Scalar scalar && scalar.value() == null) {
                entries.remove(key);
            } else if (value instanceof Setting.Block inner && entries.get(key) instanceof Setting.Block old) {
                entries.put(key, patched(old, inner));
            } else {
                entries.put(key, value);
            }
        });
        return new Setting.Block(entries, base.origin());
    }

    /** Turns the nodes of one document into settings. */
    private final class Conversion {

        private final IntFunction<Origin> origins;
        private final Scalars scalars = new Scalars();
        private int nodes;

        Conversion(IntFunction<Origin> origins) {
            this.origins = origins;
        }

        Setting of(Node node, int depth) {
            nodes++;
            if (depth > DEEPEST || nodes > MOST_NODES) {
                throw new YAMLException("too deep or too large");
            }
            Origin origin = origins.apply(node.getStartMark().getLine() + 1);
            if (node instanceof MappingNode mapping) {
                return block(mapping, origin, depth);
            }
            if (node instanceof SequenceNode sequence) {
                List<Setting> values = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    values.add(of(item, depth + 1));
                }
                return new Setting.Items(values, origin);
            }
            return scalar((ScalarNode) node, origin);
        }

        private Setting.Block block(MappingNode mapping, Origin origin, int depth) {
            Map<String, Setting> entries = new LinkedHashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                Origin place = origins.apply(tuple.getKeyNode().getStartMark().getLine() + 1);
                if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                    findings.problem(place + ": a key must be a single word or text");
                    continue;
                }
                Setting value = moved(of(tuple.getValueNode(), depth + 1), place);
                if (entries.put(key.getValue(), value) != null) {
                    findings.warn(place, "the key " + key.getValue() + " is given twice; the last one counts");
                }
            }
            return new Setting.Block(entries, origin);
        }

        /** A value is found by the line of its key. */
        private Setting moved(Setting setting, Origin place) {
            if (setting instanceof Setting.Scalar s) {
                return new Setting.Scalar(s.value(), s.text(), place);
            }
            return setting instanceof Setting.Block b ? new Setting.Block(b.entries(), place)
                : new Setting.Items(((Setting.Items) setting).values(), place);
        }

        private Setting scalar(ScalarNode node, Origin origin) {
            Tag tag = node.getTag();
            boolean resolved = tag.equals(Tag.BOOL) || tag.equals(Tag.INT) || tag.equals(Tag.FLOAT) || tag.equals(Tag.NULL);
            if (!resolved && !tag.equals(Tag.STR) && !tag.equals(Tag.TIMESTAMP)) {
                findings.problem(origin + ": a value that begins with ! must be quoted");
            }
            Object value = resolved ? scalars.value(node) : node.getValue();
            return new Setting.Scalar(value, node.getValue(), origin);
        }
    }

    /** The library's reading of plain numbers and booleans. */
    private static final class Scalars extends SafeConstructor {

        Scalars() {
            super(options());
        }

        Object value(ScalarNode node) {
            return constructObject(node);
        }
    }
}
