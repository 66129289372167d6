package io.matriarch.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command talks with its operator. One thread.
 *
 * @param screen whether {@code out} is a screen that may be cleared
 */
record Terminal(PrintWriter out, PrintWriter err, BufferedReader in, boolean screen) {

    private static final int ATTEMPTS = 100;

    /** The streams of this process. */
    static Terminal system() {
        return new Terminal(new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                System.console() != null);
    }

    void line(String text) {
        out.print(text + "\n");
        out.flush();
    }

    /** Prints what already ends with a line feed. */
    void print(String text) {
        out.print(text);
        out.flush();
    }

    void warning(String text) {
        err.print(text + "\n");
        err.flush();
    }

    void clear() {
        if (screen) {
            print("\033[2J\033[1;1H");
        }
    }

    /** Asks {@code question [fallback]: }; an empty answer is the fallback. */
    String ask(String question, String fallback) {
        print(question + " [" + fallback + "]: ");
        String answer = read();
        return answer.isEmpty() ? fallback : answer;
    }

    /** Asks {@code question [y/N]: } until the answer is one of the two. */
    boolean confirm(String question) {
        for (int i = 0; i < ATTEMPTS; i++) {
            print(question + " [y/N]: ");
            switch (read().toLowerCase(java.util.Locale.ROOT)) {
                case "y", "yes" -> {
                    return true;
                }
                case "", "n", "no" -> {
                    return false;
                }
                default -> line("Error: invalid input");
            }
        }
        throw new AbortedError();
    }

    private String read() {
        try {
            String answer = in.readLine();
            if (answer == null) {
                line("");
                throw new AbortedError();
            }
            return answer.strip();
        } catch (IOException e) {
            throw new CtlError("cannot read the answer: " + e.getMessage());
        }
    }
}
