package io.matriarch.config;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Turns settings into plain values. */
final class PlainValue {

    private PlainValue() {
    }

    /** Maps, lists, strings, numbers, booleans; null only for null itself and inside lists, a map goes without it. */
    static Object of(Setting setting) {
        if (setting instanceof Setting.Block block) {
            Map<String, Object> map = new LinkedHashMap<>();
            block.entries().forEach((k, v) -> {
                Object plain = of(v);
                if (plain != null) {
                    map.put(k, plain);
                }
            });
            return map;
        }
        if (setting instanceof Setting.Items items) {
            List<Object> list = new ArrayList<>();
            items.values().forEach(v -> list.add(of(v)));
            return list;
        }
        return ((Setting.Scalar) setting).value();
    }

    static OptionalLong whole(Setting.Scalar scalar) {
        if (scalar.value() instanceof Integer || scalar.value() instanceof Long) {
            return OptionalLong.of(((Number) scalar.value()).longValue());
        }
        return scalar.value() instanceof String s && s.trim().matches("[+-]?\\d{1,18}")
            ? OptionalLong.of(Long.parseLong(s.trim())) : OptionalLong.empty();
    }

    /** Patroni's reading of a boolean, in any case: on, true, yes, 1 and off, false, no, 0. */
    static Optional<Boolean> flag(Setting.Scalar scalar) {
        if (scalar.value() instanceof Boolean b) {
            return Optional.of(b);
        }
        return switch (scalar.text().trim().toLowerCase(Locale.ROOT)) {
            case "on", "true", "yes", "1" -> Optional.of(true);
            case "off", "false", "no", "0" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    /** The form a server parameter has in a configuration file. */
    static String parameterText(Setting.Scalar scalar) {
        if (scalar.value() instanceof Boolean b) {
            return b ? "on" : "off";
        }
        boolean whole = scalar.value() instanceof Integer || scalar.value() instanceof Long || scalar.value() instanceof BigInteger;
        return whole ? scalar.value().toString() : scalar.text();
    }

    /** A list of single values; a text is divided at commas, or read as YAML when it looks like a YAML list. */
    static Optional<List<String>> list(Setting setting, YamlTree yaml) {
        if (setting instanceof Setting.Scalar scalar) {
            String text = scalar.text().trim();
            if (text.startsWith("[") || text.startsWith("-")) {
                return yaml.readValue(text, scalar.origin()).filter(Setting.Items.class::isInstance).flatMap(s -> list(s, yaml));
            }
            return Optional.of(Arrays.stream(text.split(",")).map(String::trim).map(PlainValue::unquoted)
                .filter(s -> !s.isEmpty()).toList());
        }
        if (setting instanceof Setting.Items items && items.values().stream().allMatch(Setting.Scalar.class::isInstance)) {
            return Optional.of(items.values().stream().map(s -> ((Setting.Scalar) s).text()).toList());
        }
        return Optional.empty();
    }

    /** A mapping; a text is read as YAML, with or without the braces around it. */
    static Optional<Setting.Block> block(Setting setting, YamlTree yaml) {
        if (setting instanceof Setting.Block block) {
            return Optional.of(block);
        }
        if (!(setting instanceof Setting.Scalar scalar)) {
            return Optional.empty();
        }
        String text = scalar.text().trim();
        String braced = text.startsWith("{") || text.contains("\n") ? text : "{" + text + "}";
        return yaml.readValue(braced, scalar.origin()).filter(Setting.Block.class::isInstance).map(Setting.Block.class::cast);
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() >= 2 && (text.startsWith("'") && text.endsWith("'") || text.startsWith("\"") && text.endsWith("\""));
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
