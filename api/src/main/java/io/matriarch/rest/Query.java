package io.matriarch.rest;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The parameters of a request: the first value of a repeated one counts, blank values are dropped. */
record Query(Map<String, String> parameters) {

    static final Query NONE = new Query(Map.of());

    private static final String TAG_PREFIX = "tag_";

    static Query parse(String raw) {
        if (raw == null || raw.isEmpty()) {
            return NONE;
        }
        Map<String, String> found = new LinkedHashMap<>();
        for (String pair : raw.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0 && equals < pair.length() - 1) {
                found.putIfAbsent(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return new Query(found);
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** Whether every {@code tag_<name>=<value>} matches the tag of that name. */
    boolean matchesTags(Map<String, Object> tags) {
        return parameters.entrySet().stream()
                .filter(e -> e.getKey().startsWith(TAG_PREFIX))
                .allMatch(e -> e.getValue().equals(text(tags.get(e.getKey().substring(TAG_PREFIX.length())))));
    }

    private static String text(Object tag) {
        return tag == null || tag instanceof String ? (String) tag : tag.toString().toLowerCase(java.util.Locale.ROOT);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text; // a stray percent sign stands for itself
        }
    }
}
