package io.matriarch.raft;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps the gRPC inside Ratis from writing to the standard error by itself: it logs past SLF4J, and a command line must
 * print nothing of its own.
 */
final class TransportLogging {

    /** Held here because the logging of the platform forgets a level that nobody holds. */
    private static final Logger GRPC = Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");

    private TransportLogging() {
    }

    static void quiet() {
        GRPC.setLevel(Level.OFF);
    }
}
