package io.matriarch.tools;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Changes of the dynamic configuration. Pure; every method returns a new document. */
final class ConfigEdits {

    private static final List<String> PARAMETERS = List.of("postgresql", "parameters");

    private ConfigEdits() {
    }

    /** A patch: null removes, maps are merged, everything else replaces. */
    static Map<String, Object> merge(Map<String, Object> document, Map<String, Object> patch) {
        Map<String, Object> out = new LinkedHashMap<>(document);
        patch.forEach((key, value) -> {
            if (value == null) {
                out.remove(key);
            } else if (value instanceof Map<?, ?> part && out.get(key) instanceof Map<?, ?> old) {
                out.put(key, merge(map(old), map(part)));
            } else if (!Objects.equals(String.valueOf(out.get(key)), String.valueOf(value))) {
                out.put(key, value);
            }
        });
        return out;
    }

    /**
     * One {@code path.to.key=value} with a value in YAML; null removes the key and parents that become empty.
     *
     * @throws CtlError without an equals sign
     */
    static Map<String, Object> set(Map<String, Object> document, String setting) {
        int equals = setting.indexOf('=');
        if (equals < 0) {
            throw new CtlError("Invalid parameter setting " + setting);
        }
        List<String> path = List.of(setting.substring(0, equals).strip().split("\\.", -1));
        return set(document, path, 0, YamlText.parse(setting.substring(equals + 1)));
    }

    private static Map<String, Object> set(Map<String, Object> document, List<String> path, int depth, Object value) {
        Map<String, Object> out = new LinkedHashMap<>(document);
        boolean parameter = depth == PARAMETERS.size() && path.subList(0, depth).equals(PARAMETERS);
        String key = parameter ? String.join(".", path.subList(depth, path.size())) : path.get(depth);
        if (parameter || depth == path.size() - 1) {
            out.remove(key);
            if (value != null) {
                out.put(key, value);
            }
            return out;
        }
        Map<String, Object> below = out.get(key) instanceof Map<?, ?> map ? map(map) : Map.of();
        Map<String, Object> changed = set(below, path, depth + 1, value);
        if (changed.isEmpty()) {
            out.remove(key);
        } else {
            out.put(key, changed);
        }
        return out;
    }

    /** Keys as text. */
    static Map<String, Object> map(Map<?, ?> map) {
        Map<String, Object> out = new LinkedHashMap<>();
        map.forEach((k, v) -> out.put(String.valueOf(k), v));
        return out;
    }
}
