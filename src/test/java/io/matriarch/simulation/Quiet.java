package io.matriarch.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the loops of thousands of simulated agents from writing logs. */
final class Quiet {

    private Quiet() {
    }

    static void loop() {
        ((Logger) LoggerFactory.getLogger("io.matriarch.ha")).setLevel(Level.OFF);
        ((Logger) LoggerFactory.getLogger("io.matriarch.loop")).setLevel(Level.OFF);
    }
}
