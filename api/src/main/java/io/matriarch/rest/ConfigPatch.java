package io.matriarch.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How {@code PATCH /config} and the configuration editor change a document. Pure.
 *
 * <p>{@code null} removes a key, an object is merged into an object, anything else replaces what differs. Scalars and
 * lists are compared by their text, so that {@code "20"} leaves a {@code 20} alone. A {@code null} within an object
 * that is new is no value either: it is left out, and a new object that consists of nothing else is not added.
 */
public final class ConfigPatch {

    private ConfigPatch() {
    }

    /**
     * @param document the new document; equal to the old one when nothing changed
     * @param changed  whether anything changed
     */
    public record Outcome(Map<String, Object> document, boolean changed) {
    }

    /** Applies a patch; neither argument is changed. */
    public static Outcome apply(Map<String, Object> document, Map<String, Object> patch) {
        Map<String, Object> result = new LinkedHashMap<>(document);
        boolean changed = merge(result, patch);
        return new Outcome(result, changed);
    }

    /** Whether two values are the same, scalars being compared by their text. */
    public static boolean isSame(Object a, Object b) {
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            return left.keySet().equals(right.keySet())
                    && left.keySet().stream().allMatch(key -> isSame(left.get(key), right.get(key)));
        }
        if (a == null || b == null) {
            return a == b;
        }
        return !(a instanceof Map) && !(b instanceof Map) && text(a).equals(text(b));
    }

    private static boolean merge(Map<String, Object> target, Map<?, ?> patch) {
        boolean changed = false;
        for (Map.Entry<?, ?> e : patch.entrySet()) {
            String key = String.valueOf(e.getKey());
            Object wanted = e.getValue();
            Object present = target.get(key);
            if (wanted == null) {
                changed |= target.containsKey(key);
                target.remove(key);
            } else if (wanted instanceof Map<?, ?> inner && present instanceof Map<?, ?> old) {
                Map<String, Object> merged = copy(old);
                if (merge(merged, inner)) {
                    target.put(key, merged);
                    changed = true;
                }
            } else if (wanted instanceof Map<?, ?> inner) {
                changed |= replace(target, key, inner);
            } else if (!isSame(wanted, present)) {
                target.put(key, wanted);
                changed = true;
            }
        }
        return changed;
    }

    private static boolean replace(Map<String, Object> target, String key, Map<?, ?> wanted) {
        Map<String, Object> fresh = new LinkedHashMap<>();
        merge(fresh, wanted);
        if (fresh.isEmpty() && !wanted.isEmpty()) {
            return false;
        }
        target.put(key, fresh);
        return true;
    }

    private static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    private static String text(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(ConfigPatch::text).toList().toString();
        }
        return String.valueOf(value);
    }
}
