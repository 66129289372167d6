package io.matriarch.ha;

import java.time.Duration;
import java.util.Optional;

/**
 * Long work on the local PostgreSQL: begun by an effect, done by the {@code Postgres} port, observed on later ticks.
 * At most one runs at a time. {@code label} is the name in cycle messages and replies.
 */
public sealed interface Operation {

    String label();

    /** Makes a new cluster with initdb, starts it as primary and runs the bootstrap steps; ends running. */
    record Bootstrap() implements Operation {
        @Override
        public String label() {
            return "bootstrap";
        }
    }

    /** Takes a base backup into an empty data directory and starts following; ends running. */
    record CloneFrom(Upstream source, boolean sourceIsLeader) implements Operation {
        @Override
        public String label() {
            return "bootstrap from " + (sourceIsLeader ? "leader" : "replica") + " '" + source.name() + "'";
        }
    }

    /**
     * Fences, then starts as primary in place. Needs the permit: the lock is checked again right before the start.
     *
     * @param timeout when exceeded the operation fails and leaves nothing that may write
     */
    record StartPrimary(Duration timeout) implements Operation {
        @Override
        public String label() {
            return "starting primary after failure";
        }
    }

    /**
     * Fences what may write, then starts as a replica; with an upstream it first settles a divergence (pg_rewind, or a
     * new base backup with the old directory moved aside). Without one it starts following nobody.
     */
    record StartReplica(Optional<Upstream> upstream, Duration timeout) implements Operation {
        @Override
        public String label() {
            return "restarting after failure";
        }
    }

    /** Makes the running replica follow another upstream, by reload where the version can, settling a divergence. */
    record Follow(Optional<Upstream> upstream) implements Operation {
        @Override
        public String label() {
            return "changing primary_conninfo and restarting";
        }
    }

    /** Promotes the running replica. Needs the permit; ends when writes are accepted. */
    record Promote() implements Operation {
        @Override
        public String label() {
            return "promote";
        }
    }

    /**
     * Stops. Ends when no process of the data directory is left.
     *
     * @param checkpointFirst takes a CHECKPOINT before, so that the stop itself is short
     * @param timeout         after it: immediate, then kill
     */
    record Stop(StopMode mode, boolean checkpointFirst, Duration timeout) implements Operation {
        @Override
        public String label() {
            return "demote";
        }
    }

    /** Stops and starts in the same role. A primary needs the permit before the start. */
    record Restart(Duration timeout) implements Operation {
        @Override
        public String label() {
            return "restart";
        }
    }

    /** Stops, moves the data directory aside and clones. */
    record Reinitialize(Upstream source, boolean sourceIsLeader) implements Operation {
        @Override
        public String label() {
            return "reinitialize";
        }
    }

    /** PostgreSQL's own ways to stop. */
    enum StopMode { SMART, FAST, IMMEDIATE }
}
