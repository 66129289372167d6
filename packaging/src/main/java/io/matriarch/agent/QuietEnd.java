package io.matriarch.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Ratis reports every request that meets a peer which is closing as an error; at the end of a process that says nothing. */
final class QuietEnd {

    private QuietEnd() {
    }

    static void begin() {
        if (LoggerFactory.getLogger("org.apache.ratis") instanceof Logger logger) {
            logger.setLevel(Level.OFF);
        }
    }
}
