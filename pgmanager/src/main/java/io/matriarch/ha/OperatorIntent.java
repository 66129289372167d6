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
 * @param promise      what this member has promised to one that leads without the store
 */
public record OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize,
                             boolean reload, Optional<CutRequest> cut, Optional<Promise> promise) {

    public static final OperatorIntent NONE = new OperatorIntent(false, Optional.empty(), Optional.empty(), false);

    public OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize, boolean reload) {
        this(shutdown, restart, reinitialize, reload, Optional.empty());
    }

    public OperatorIntent(boolean shutdown, Optional<Restart> restart, Optional<Reinitialize> reinitialize, boolean reload,
                          Optional<CutRequest> cut) {
        this(shutdown, restart, reinitialize, reload, cut, Optional.empty());
    }

    /** The same with another promise. */
    public OperatorIntent withPromise(Optional<Promise> given) {
        return new OperatorIntent(shutdown, restart, reinitialize, reload, cut, given);
    }

    /**
     * Not to take the lock, nor to let anybody else have this member's vote.
     *
     * @param to empty: this agent is so new that its predecessor may have promised it to somebody
     */
    public record Promise(Optional<MemberName> to) {
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
