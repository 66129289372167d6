package io.matriarch.config;

import java.util.List;

/** A configuration that cannot be used. The message lists every problem, one per line, and holds no secret. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** The lines of the message. */
    public List<String> problems() {
        return problems;
    }
}
