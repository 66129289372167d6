package io.matriarch.tools.drill;

import java.util.List;

/** Where the agents of a cluster find each other. One thread. */
public interface LocalNetwork extends AutoCloseable {

    /** Address of an agent, counted from 0. */
    String host(int agent);

    /** What to put before a command to run it at that agent's place; the process id stays. */
    List<String> prefix(int agent);

    /** Whether {@link #cut} can be done. */
    boolean canCut();

    /** Drops every packet from and to an agent, silently. */
    void cut(int agent);

    /** Ends the cut. */
    void heal(int agent);

    @Override
    void close();

    /** Everybody at 127.0.0.1. */
    static LocalNetwork loopback() {
        return new Loopback();
    }

    /** The loopback interface; nothing can be cut there. */
    record Loopback() implements LocalNetwork {

        @Override
        public String host(int agent) {
            return "127.0.0.1";
        }

        @Override
        public List<String> prefix(int agent) {
            return List.of();
        }

        @Override
        public boolean canCut() {
            return false;
        }

        @Override
        public void cut(int agent) {
            throw new UnsupportedOperationException("the loopback interface cannot be cut");
        }

        @Override
        public void heal(int agent) {
            throw new UnsupportedOperationException("the loopback interface cannot be cut");
        }

        @Override
        public void close() {
            // Nothing was set up.
        }
    }
}
