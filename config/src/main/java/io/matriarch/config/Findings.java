package io.matriarch.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong and what is odd, so that one run reports everything. */
final class Findings {

    private static final int LONGEST_VALUE = 80;

    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** A value that cannot be used. {@code value} must already be redacted when the key holds a secret. */
    void bad(Origin origin, String path, String value, String allowed) {
        problems.add(origin + ": " + path + ": '" + shortened(value) + "' is not valid; allowed: " + allowed);
    }

    void missing(String source, String path, String required) {
        problems.add(source + ": " + path + ": missing; required: " + required);
    }

    void problem(String line) {
        problems.add(line);
    }

    void warn(Origin origin, String sentence) {
        warnings.add(origin + ": " + sentence);
    }

    void warn(String sentence) {
        warnings.add(sentence);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    void throwIfBad() throws ConfigException {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private static String shortened(String value) {
        String line = Redaction.text(value).replaceAll("\\s+", " ");
        return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "...";
    }
}
