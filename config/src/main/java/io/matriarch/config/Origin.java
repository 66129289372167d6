package io.matriarch.config;

import java.nio.file.Path;

/**
 * The place a value comes from, in words an operator can follow.
 *
 * @param text for example {@code /etc/matriarch.yml:12}, {@code environment PATRONI_NAME} or {@code default}
 */
public record Origin(String text) {

    /** The value was not given anywhere. */
    public static final Origin DEFAULT = new Origin("default");

    static Origin line(Path file, int line) {
        return new Origin(file + ":" + line);
    }

    static Origin environment(String variable) {
        return new Origin("environment " + variable);
    }

    @Override
    public String toString() {
        return text;
    }
}
