package io.matriarch.ha;

import io.matriarch.cluster.Revision;
import java.util.Optional;

/**
 * The guard of the local PostgreSQL: the process beside the agent that kills PostgreSQL when the proven time of the
 * leader lock has ended.
 *
 * @param watch   what it does at this moment
 * @param epoch   the lock under which it watches; present exactly when {@link Watch#ARMED}
 * @param trouble why this member must not become primary as things are, for example a required watchdog that cannot be
 *                used; empty when nothing is in the way
 */
public record GuardState(Watch watch, Optional<Revision> epoch, Optional<String> trouble) {

    /** No guard is used, or none is needed because PostgreSQL does not run. */
    public static final GuardState NONE = new GuardState(Watch.NONE, Optional.empty(), Optional.empty());
    public static final GuardState OFF = new GuardState(Watch.OFF, Optional.empty(), Optional.empty());
    public static final GuardState UNKNOWN = new GuardState(Watch.UNKNOWN, Optional.empty(), Optional.empty());
    public static final GuardState LOST = new GuardState(Watch.LOST, Optional.empty(), Optional.empty());

    public static GuardState armed(Revision epoch) {
        return new GuardState(Watch.ARMED, Optional.of(epoch), Optional.empty());
    }

    /** The same guard with something in the way of a promotion. */
    public GuardState withTrouble(Optional<String> newTrouble) {
        return new GuardState(watch, epoch, newTrouble);
    }

    /** Whether a primary under this lock still has to be put under watch. */
    public boolean mustBeArmed(Revision lock) {
        return watch != Watch.NONE && !epoch.equals(Optional.of(lock));
    }

    /** Whether it watches, or may. */
    public boolean mayBeArmed() {
        return watch == Watch.ARMED || watch == Watch.UNKNOWN;
    }

    /** What a guard does. */
    public enum Watch {
        /** There is none, and none is missed. */
        NONE,
        /** It runs and kills nothing. */
        OFF,
        /** It has acknowledged this agent's order to watch, and the order stands. */
        ARMED,
        /** It runs and may watch for an agent before this one: it has not acknowledged an order of this agent. */
        UNKNOWN,
        /** PostgreSQL runs and its guard is gone. */
        LOST
    }
}
