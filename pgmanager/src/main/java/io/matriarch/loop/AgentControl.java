package io.matriarch.loop;

import java.time.Duration;

/** Port: what the REST API asks of the loop. Any thread; each call waits at most the time it names. */
public interface AgentControl {

    /** Makes the next tick come at once. */
    void wake();

    /** Reads the configuration file anew and applies it, at the next tick. */
    void reload();

    /** Restarts PostgreSQL and waits until it is done. */
    Reply restart(Duration startTimeout, Duration patience);

    /** Has the data directory made anew; returns when the work has begun or was refused. */
    Reply reinitialize(boolean force, boolean fromLeader, Duration patience);

    /** @param message the sentence for the operator */
    record Reply(boolean ok, String message) {
    }
}
