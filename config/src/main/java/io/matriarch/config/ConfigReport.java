package io.matriarch.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Prints a configuration as YAML with the origin of each value behind it as a comment. Secrets appear as three
 * asterisks. The text can be read back as a configuration, apart from the secrets.
 */
public final class ConfigReport {

    private static final String SAFE = "[A-Za-z0-9_./][A-Za-z0-9_./:+-]*";
    private static final String NOT_TEXT = "(?i)y|n|yes|no|on|off|true|false|null|~|[+-]?[0-9._]+(e[+-]?[0-9]+)?|[+-]?[0-9_]+(:[0-9._]+)+|0x[0-9a-f_]+|0o?[0-7_]+"
        + "|[0-9]{4}-[0-9].*|[+-]?\\.(inf|nan)";

    private final StringBuilder out = new StringBuilder();

    private ConfigReport() {
    }

    public static String render(LoadedConfig loaded) {
        return render(loaded.settings());
    }

    /** Prints any list of settings; the order of keys is that of their first appearance. */
    public static String render(List<EffectiveSetting> settings) {
        Map<String, Object> tree = new LinkedHashMap<>();
        settings.forEach(setting -> insert(tree, setting));
        ConfigReport report = new ConfigReport();
        report.mapping(tree, 0, "");
        return report.out.toString();
    }

    @SuppressWarnings("unchecked")
    private static void insert(Map<String, Object> tree, EffectiveSetting setting) {
        Map<String, Object> level = tree;
        for (String key : setting.path().subList(0, setting.path().size() - 1)) {
            Object below = level.get(key);
            if (!(below instanceof Map)) {
                below = new LinkedHashMap<String, Object>();
                level.put(key, below);
            }
            level = (Map<String, Object>) below;
        }
        level.put(setting.path().get(setting.path().size() - 1), setting);
    }

    private void mapping(Map<?, ?> map, int depth, String origin) {
        map.forEach((key, value) -> {
            if (value instanceof EffectiveSetting setting) {
                entry(String.valueOf(key), setting.value(), depth, "  # " + setting.origin());
            } else {
                entry(String.valueOf(key), value, depth, origin);
            }
        });
    }

    private void entry(String key, Object value, int depth, String origin) {
        out.append("  ".repeat(depth)).append(scalar(key)).append(':');
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            out.append(origin).append('\n');
            mapping(map, depth + 1, "");
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            out.append(origin).append('\n');
            list.forEach(item -> item(item, depth + 1));
        } else {
            out.append(' ').append(leaf(value)).append(origin).append('\n');
        }
    }

    private void item(Object item, int depth) {
        out.append("  ".repeat(depth)).append("- ").append(item instanceof Map<?, ?> || item instanceof List<?> ? flow(item) : leaf(item)).append('\n');
    }

    private static String leaf(Object value) {
        return value instanceof Map<?, ?> || value instanceof List<?> ? flow(value) : scalar(value);
    }

    private static String flow(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().map(e -> scalar(e.getKey()) + ": " + flow(e.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
        }
        return value instanceof List<?> list
            ? list.stream().map(ConfigReport::flow).collect(Collectors.joining(", ", "[", "]")) : scalar(value);
    }

    private static String scalar(Object value) {
        if (value == null) {
            return "null";
        }
        String text = value.toString();
        boolean plain = !(value instanceof String) || text.matches(SAFE) && !text.matches(NOT_TEXT) && !text.endsWith(":");
        return plain ? text : quoted(text);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> quoted.append(c < ' ' ? String.format("\\x%02x", (int) c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
