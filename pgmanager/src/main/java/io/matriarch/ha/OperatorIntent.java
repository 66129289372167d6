package io.matriarch.ha;

import java.time.Duration;
import java.util.Optional;

/**
 * What an operator wants of this agent and has not got yet. Requests that go through the store are not here.
 *
 * @param shutdown     the process was told to end
 * @param restart      PostgreSQL is to be restarted
 * @param reinitialize the data directory is to be made anew
 * @param reload       configuration files are to be written anew and reloaded
 */
public record OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize,
                             boolean reload) {

    public static final OperatorIntent NONE = new OperatorIntent(false, Optional.empty(), Optional.empty(), false);

    /** @param timeout how long the start may take */
    public record Restart(long id, Duration timeout) {
    }

    /**
     * @param force      cancels a running task first
     * @param fromLeader clone from the leader and from nobody else
     */
    public record Reinitialize(long id, boolean force, boolean fromLeader) {
    }
}
