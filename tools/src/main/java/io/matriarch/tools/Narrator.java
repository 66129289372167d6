package io.matriarch.tools;

import java.util.Locale;

/** Tells people what happens, with the seconds since the beginning. Any thread. */
final class Narrator {

    private final Terminal terminal;
    private final long began = System.nanoTime();
    private volatile boolean silent;

    Narrator(Terminal terminal) {
        this.terminal = terminal;
    }

    /** A line as it is. */
    void say(String line) {
        if (!silent) {
            terminal.line(line);
        }
    }

    /** Several lines, each ended by a line feed, set in. */
    void text(String lines) {
        lines.lines().forEach(line -> say(line.startsWith("  ") ? line : "  " + line));
    }

    /** A heading. */
    void chapter(String title) {
        say("");
        say(title);
    }

    /** One event. */
    void step(String sentence) {
        say(String.format(Locale.ROOT, "  %6.1f s  %s", (System.nanoTime() - began) / 1e9, sentence));
    }

    /** Tells of a failure; returns the exit code. */
    int failed(Exception e) {
        if (!silent) {
            terminal.warning("\nError: " + e.getMessage());
        }
        return 1;
    }

    /** Says nothing more: the operator has ended it. */
    void hush() {
        silent = true;
    }
}
