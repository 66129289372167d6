package io.matriarch.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * One section of the configuration, read key by key. A variable of the environment wins over the file. A value that
 * cannot be used is reported, and the caller gets the default or an empty stand-in, so that one pass finds every
 * problem; nothing read here may be used while problems are on record.
 */
final class Section {

    private final Reading reading;
    private final List<String> path;
    private final Optional<Setting.Block> block;
    private final Optional<String> variables;
    private final boolean quiet;

    /** @param variables start of the names of the variables for this section; empty when it has none */
    private Section(Reading reading, List<String> path, Optional<Setting.Block> block, Optional<String> variables, boolean quiet) {
        this.reading = reading;
        this.path = path;
        this.block = block;
        this.variables = variables;
        this.quiet = quiet;
    }

    static Section top(Reading reading, Setting.Block root) {
        return new Section(reading, List.of(), Optional.of(root), Optional.of(""), false);
    }

    /** A section inside this one, which may be absent; {@code variables} is the start of the names of its variables. */
    Section child(String key, String variables) {
        return child(key, Optional.of(variables));
    }

    /** A section that the environment cannot reach. */
    Section child(String key) {
        return child(key, Optional.empty());
    }

    private Section child(String key, Optional<String> start) {
        String full = full(key);
        reading.know(full);
        Optional<Setting> written = written(key);
        if (written.isPresent() && !(written.get() instanceof Setting.Block)) {
            reading.findings().bad(written.get().origin(), full, shown(key, written.get()), "a mapping (keys with values)");
        }
        return new Section(reading, below(key), written.filter(Setting.Block.class::isInstance).map(Setting.Block.class::cast), start, quiet);
    }

    /** The same section; what is read from it is checked but not put on record as in force. */
    Section quietly() {
        return new Section(reading, path, block, variables, true);
    }

    /** Whether the file or the environment says anything in this section. */
    boolean isPresent() {
        return block.isPresent() || variables.filter(v -> !v.isEmpty() && reading.hasVariables(v)).isPresent();
    }

    /** Whether a key of this name was read before. */
    boolean isKnown(String key) {
        return reading.knows(full(key));
    }

    boolean has(String key) {
        return find(key).isPresent();
    }

    Findings findings() {
        return reading.findings();
    }

    String full(String key) {
        return String.join(".", below(key));
    }

    List<String> below(String key) {
        List<String> full = new ArrayList<>(path);
        full.add(key);
        return List.copyOf(full);
    }

    Optional<Setting.Block> block() {
        return block;
    }

    /** Where the key is written, else the section as a whole. */
    Origin origin(String key) {
        return find(key).map(Setting::origin).or(() -> block.map(Setting.Block::origin)).orElse(new Origin(reading.source()));
    }

    /** The value as written, the environment first; null in the file counts as absent. */
    Optional<Setting> find(String key) {
        reading.know(full(key));
        Optional<Setting> variable = variables.flatMap(v -> reading.variable(v + key.toUpperCase(Locale.ROOT)));
        return variable.isPresent() ? variable : written(key);
    }

    private Optional<Setting> written(String key) {
        return block.map(b -> b.entries().get(key)).filter(s -> !(s instanceof Setting.Scalar scalar && scalar.value() == null));
    }

    private Optional<Setting.Scalar> scalar(String key, String allowed) {
        Optional<Setting> found = find(key);
        if (found.isPresent() && !(found.get() instanceof Setting.Scalar)) {
            bad(key, allowed);
            return Optional.empty();
        }
        return found.map(Setting.Scalar.class::cast);
    }

    /** Reports the value of {@code key} as not usable. */
    void bad(String key, String allowed) {
        find(key).ifPresent(s -> reading.findings().bad(s.origin(), full(key), shown(key, s), allowed));
    }

    void missing(String key, String required) {
        reading.know(full(key));
        reading.findings().missing(reading.source(), full(key), required);
    }

    private static String shown(String key, Setting setting) {
        if (Redaction.isSecretKey(key)) {
            return Redaction.MASK;
        }
        return setting instanceof Setting.Scalar s ? s.text() : String.valueOf(Redaction.value(key, PlainValue.of(setting)));
    }

    /** Puts a value in force on record, for {@link ConfigReport}. */
    void show(String key, Object value, Origin origin) {
        if (!quiet) {
            reading.show(below(key), value, origin);
        }
    }

    Optional<String> text(String key) {
        Optional<Setting.Scalar> found = scalar(key, "a text");
        found.ifPresent(s -> show(key, s.text(), s.origin()));
        return found.map(Setting.Scalar::text);
    }

    String text(String key, String otherwise) {
        return text(key).orElseGet(() -> byDefault(key, otherwise));
    }

    String requiredText(String key, String meaning) {
        Optional<String> found = text(key);
        if (found.isPresent() && found.get().isBlank()) {
            bad(key, meaning);
        } else if (find(key).isEmpty()) {
            missing(key, meaning);
        }
        return found.orElse("");
    }

    Optional<Secret> secret(String key) {
        Optional<Setting.Scalar> found = scalar(key, "a text");
        found.ifPresent(s -> {
            show(key, Redaction.MASK, s.origin());
            if (!(s.value() instanceof String) && !String.valueOf(s.value()).equals(s.text())) {
                reading.findings().warn(s.origin(), full(key) + " is not quoted and reads as a number or a boolean; it is used"
                    + " letter by letter, quote it to be sure");
            }
        });
        return found.map(s -> new Secret(s.text()));
    }

    long number(String key, long otherwise, long least, long most) {
        String allowed = "a whole number from " + least + (most == Long.MAX_VALUE ? " up" : " to " + most);
        Optional<Setting.Scalar> found = scalar(key, allowed);
        if (found.isEmpty()) {
            return find(key).isPresent() ? otherwise : byDefault(key, otherwise);
        }
        OptionalLong value = PlainValue.whole(found.get());
        if (value.isEmpty() || value.getAsLong() < least || value.getAsLong() > most) {
            bad(key, allowed);
            return otherwise;
        }
        show(key, value.getAsLong(), found.get().origin());
        return value.getAsLong();
    }

    boolean flag(String key, boolean otherwise) {
        return flag(key).orElseGet(() -> find(key).isPresent() ? otherwise : byDefault(key, otherwise));
    }

    Optional<Boolean> flag(String key) {
        String allowed = "true or false (also on, off, yes, no)";
        Optional<Setting.Scalar> found = scalar(key, allowed);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<Boolean> value = PlainValue.flag(found.get());
        if (value.isEmpty()) {
            bad(key, allowed);
        }
        value.ifPresent(v -> show(key, v, found.get().origin()));
        return value;
    }

    /** One of a few words, whatever their case; {@code words} maps what may be written to what it means. */
    <T> T choice(String key, Map<String, T> words, String otherwise) {
        String allowed = "one of " + String.join(", ", words.keySet());
        Optional<Setting.Scalar> found = scalar(key, allowed);
        if (found.isEmpty()) {
            if (find(key).isEmpty()) {
                byDefault(key, otherwise);
            }
            return words.get(otherwise);
        }
        String written = found.get().value() instanceof Boolean b ? (b ? "on" : "off") : found.get().text().toLowerCase(Locale.ROOT);
        T meant = words.get(written);
        if (meant == null) {
            bad(key, allowed);
            return words.get(otherwise);
        }
        show(key, written, found.get().origin());
        return meant;
    }

    /** A length of time: a number of seconds, or a number with a unit. */
    Duration duration(String key, Duration otherwise, Duration least, Duration most) {
        String allowed = "from " + DurationText.of(least) + " to " + DurationText.of(most)
            + ", as a number of seconds or with a unit, for example 2.5, 2.5s or 2500ms";
        Optional<Setting.Scalar> found = scalar(key, allowed);
        if (found.isEmpty()) {
            if (find(key).isEmpty()) {
                byDefault(key, DurationText.of(otherwise));
            }
            return otherwise;
        }
        Optional<Duration> value = DurationText.parse(found.get().text());
        if (value.isEmpty() || value.get().compareTo(least) < 0 || value.get().compareTo(most) > 0) {
            bad(key, allowed);
            return otherwise;
        }
        show(key, DurationText.of(value.get()), found.get().origin());
        return value.get();
    }

    Optional<HostPort> address(String key, AddressRule rule) {
        Optional<Setting.Scalar> found = scalar(key, rule.allowed());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<HostPort> value = rule.parse(found.get().text());
        if (value.isEmpty()) {
            bad(key, rule.allowed());
        }
        value.ifPresent(v -> show(key, v.toString(), found.get().origin()));
        return value;
    }

    List<HostPort> addresses(String key, AddressRule rule) {
        return texts(key, text -> {
            Optional<HostPort> value = rule.parse(text);
            if (value.isEmpty()) {
                find(key).ifPresent(s -> reading.findings().bad(s.origin(), full(key), text, "a list, each " + rule.allowed()));
            }
            return value;
        });
    }

    Optional<Path> file(String key) {
        Optional<Setting.Scalar> found = scalar(key, "a path");
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try {
            String text = found.get().text();
            String home = System.getProperty("user.home");
            Path value = Path.of(text.startsWith("~/") ? home + text.substring(1) : text).toAbsolutePath().normalize();
            show(key, value.toString(), found.get().origin());
            return Optional.of(value);
        } catch (InvalidPathException e) {
            bad(key, "a path");
            return Optional.empty();
        }
    }

    List<String> texts(String key) {
        return texts(key, Optional::of);
    }

    /** A list of single values, a comma list, or a list in YAML when it comes from the environment. */
    private <T> List<T> texts(String key, Function<String, Optional<T>> convert) {
        Optional<Setting> found = find(key);
        if (found.isEmpty()) {
            return List.of();
        }
        Optional<List<String>> list = PlainValue.list(found.get(), reading.yaml());
        if (list.isEmpty()) {
            bad(key, "a list of texts, or one text with commas");
            return List.of();
        }
        show(key, list.get(), found.get().origin());
        return list.get().stream().map(convert).flatMap(Optional::stream).toList();
    }

    /** A list of lines: as {@link #texts(String)}, but a comma does not divide. */
    List<String> lines(String key) {
        Optional<Setting> found = find(key);
        if (found.isEmpty()) {
            return List.of();
        }
        if (!(found.get() instanceof Setting.Items items) || !items.values().stream().allMatch(Setting.Scalar.class::isInstance)) {
            bad(key, "a list of texts, one per line");
            return List.of();
        }
        List<String> lines = items.values().stream().map(s -> ((Setting.Scalar) s).text()).toList();
        show(key, lines, items.origin());
        return lines;
    }

    /** A mapping from free keys to single values in their text form. */
    Map<String, String> textMap(String key) {
        reading.knowFree(full(key));
        Optional<Setting> found = find(key);
        if (found.isEmpty()) {
            return Map.of();
        }
        Optional<Setting.Block> map = PlainValue.block(found.get(), reading.yaml());
        if (map.isEmpty()) {
            bad(key, "a mapping (keys with single values)");
            return Map.of();
        }
        Map<String, String> values = new LinkedHashMap<>();
        map.get().entries().forEach((k, v) -> {
            if (!(v instanceof Setting.Scalar scalar)) {
                reading.findings().bad(v.origin(), full(key) + "." + k, shown(k, v), "a single value");
            } else if (scalar.value() != null) {
                values.put(k, PlainValue.parameterText(scalar));
                showInside(key, k, PlainValue.parameterText(scalar), v.origin());
            }
        });
        return values;
    }

    /** A mapping in which any key is fine. */
    Map<String, Object> free(String key) {
        reading.knowFree(full(key));
        return plain(key);
    }

    /** Makes keys known without looking at them. */
    void known(List<String> keys) {
        keys.forEach(key -> reading.knowFree(full(key)));
    }

    /** A mapping as plain values, without its nulls. */
    Map<String, Object> plain(String key) {
        Optional<Setting> found = written(key);
        if (found.isPresent() && !(found.get() instanceof Setting.Block)) {
            bad(key, "a mapping (keys with values)");
            return Map.of();
        }
        Map<String, Object> values = new LinkedHashMap<>();
        found.map(Setting.Block.class::cast).ifPresent(b -> b.entries().forEach((k, v) -> {
            if (PlainValue.of(v) != null) {
                values.put(k, PlainValue.of(v));
                showInside(key, k, PlainValue.of(v), v.origin());
            }
        }));
        return values;
    }

    /** Keys that Patroni knows and this program does without; each is named once in a warning when it is given. */
    void withoutEffect(String why, String... keys) {
        for (String key : keys) {
            reading.knowFree(full(key));
            if (has(key)) {
                reading.findings().warn(origin(key), full(key) + " has no effect: " + why);
            }
        }
    }

    private <T> T byDefault(String key, T value) {
        show(key, value, Origin.DEFAULT);
        return value;
    }

    private void showInside(String key, String inner, Object value, Origin origin) {
        if (!quiet) {
            List<String> all = new ArrayList<>(below(key));
            all.add(inner);
            reading.show(all, value, origin);
        }
    }
}
