package io.matriarch.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Replaces secrets in values that are going to be shown. */
final class Redaction {

    static final String MASK = "***";

    private static final List<String> SECRET_WORDS = List.of("password", "passwd", "secret", "token", "passphrase");
    /** {@code password=x} in a connection string, also quoted, and {@code --password x} in a command. */
    private static final Pattern IN_TEXT = Pattern.compile("(?i)((?:password|passwd|secret|token|passphrase)\\s*[=:]\\s*"
        + "|--[a-z-]*(?:password|passwd|secret|token|passphrase)\\s+)('(?:[^'\\\\]++|\\\\.)*+'|\"[^\"]*\"|[^\\s'\"&]+)");
    /** {@code scheme://user:password@host}. */
    private static final Pattern IN_URL = Pattern.compile("(://[^/\\s:@]*:)[^/\\s@]+@");

    private Redaction() {
    }

    static boolean isSecretKey(String key) {
        String k = key.toLowerCase(Locale.ROOT);
        boolean password = SECRET_WORDS.stream().anyMatch(k::contains);
        return password && !k.equals("password_encryption") && !k.equals("server_tokens");
    }

    static String text(String value) {
        return IN_URL.matcher(IN_TEXT.matcher(value).replaceAll("$1***")).replaceAll("$1***@");
    }

    /** The value of {@code key} with everything secret in it replaced, at any depth. */
    static Object value(String key, Object value) {
        if (isSecretKey(key) && value != null) {
            return MASK;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> shown = new LinkedHashMap<>();
            map.forEach((k, v) -> shown.put(String.valueOf(k), value(String.valueOf(k), v)));
            return shown;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(v -> value(key, v)).toList();
        }
        return value instanceof String s ? text(s) : value;
    }
}
