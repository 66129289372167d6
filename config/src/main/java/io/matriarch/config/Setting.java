package io.matriarch.config;

import java.util.List;
import java.util.Map;

/** A value as it was written, with the place it was written at. */
sealed interface Setting {

    Origin origin();

    /**
     * A single value.
     *
     * @param value what YAML makes of it: a string, a number, a boolean or null
     * @param text  the characters as written
     */
    record Scalar(Object value, String text, Origin origin) implements Setting {
    }

    /** A mapping, in the order written. */
    record Block(Map<String, Setting> entries, Origin origin) implements Setting {
    }

    /** A list. */
    record Items(List<Setting> values, Origin origin) implements Setting {
    }
}
