package io.matriarch.tools;

/** How a table is printed. {@code TOPOLOGY} is {@code PRETTY} as a tree. */
enum OutputFormat { PRETTY, TSV, JSON, YAML, YML, TOPOLOGY;

    /** Whether people read it, as opposed to programs. */
    boolean isForPeople() {
        return this == PRETTY || this == TOPOLOGY;
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
