package io.matriarch.tools;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options {@code -w} and {@code -W}: print again and again until interrupted. */
final class Repeat {

    private static final double USUAL_SECONDS = 2;

    @Option(names = {"-w", "--watch"}, paramLabel = "SECONDS", description = "Update the screen every so many seconds.")
    private double seconds;

    @Option(names = "-W", description = "Update the screen every 2 seconds.")
    private boolean usual;

    void run(Terminal terminal, Runnable print) {
        double pause = usual && seconds <= 0 ? USUAL_SECONDS : seconds;
        do {
            if (pause > 0) {
                terminal.clear();
            }
            print.run();
        } while (pause > 0 && slept(Duration.ofMillis((long) (pause * 1000))));
    }

    private static boolean slept(Duration pause) {
        try {
            Thread.sleep(Math.max(1, pause.toMillis()));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
