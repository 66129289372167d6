package io.matriarch.postgres;

import java.util.LinkedHashMap;
import java.util.Map;

/** Connection strings of libpq: {@code name=value} pairs. They never hold a password here. */
final class Conninfo {

    private Conninfo() {
    }

    static String format(Map<String, String> values) {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> text.append(text.isEmpty() ? "" : " ").append(name).append('=').append(quote(value)));
        return text.toString();
    }

    /** Understands both quoted and plain values; what cannot be understood ends the result. */
    static Map<String, String> parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            if (equals < 0) {
                return values;
            }
            String name = text.substring(at, equals).strip();
            int start = equals + 1;
            while (start < text.length() && text.charAt(start) == ' ') {
                start++;
            }
            boolean quoted = start < text.length() && text.charAt(start) == '\'';
            StringBuilder value = new StringBuilder();
            at = quoted ? start + 1 : start;
            while (at < text.length() && text.charAt(at) != (quoted ? '\'' : ' ')) {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    at++;
                }
                value.append(text.charAt(at++));
            }
            at++;
            values.put(name, value.toString());
        }
        return values;
    }

    private static String quote(String value) {
        if (!value.isEmpty() && value.chars().noneMatch(c -> c == ' ' || c == '\'' || c == '\\' || c < ' ')) {
            return value;
        }
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
