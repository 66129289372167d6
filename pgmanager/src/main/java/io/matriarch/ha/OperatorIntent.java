package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import java.time.Duration;
import java.util.Optional;

/**
 * What others want of this agent and have not got yet: operators, and a member that has taken the lock. Requests that go
 * through the store are not here.
 *
 * @param shutdown     the process was told to end
 * @param restart      PostgreSQL is to be restarted
 * @param reinitialize the data directory is to be made anew
 * @param reload       configuration files are to be written anew and reloaded
 * @param cut          a member that says it has taken the lock asks for this one's vote
 */
public record OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize,
                             boolean reload, Optional<CutRequest> cut) {

    public static final OperatorIntent NONE = new OperatorIntent(false, Optional.empty(), Optional.empty(), false);

    public OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize, boolean reload) {
        this(shutdown, restart, reinitialize, reload, Optional.empty());
    }

    /**
     * Somebody asks this member to cut itself from every holder before {@code epoch}. It does so only when the store shows
     * a leader lock of exactly this epoch held by {@code asker}, who has not been elected by it yet.
     */
    public record CutRequest(Revision epoch, MemberName asker) {
    }

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
