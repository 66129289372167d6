package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import java.time.Duration;
import java.util.Optional;

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

    /**
     * Has this member cut itself from every earlier holder of the lock and vote. Waits for the store to show the lock of
     * the request, and for the cut.
     */
    CutReply cut(OperatorIntent.CutRequest request, Duration patience);

    /** Promises {@code leader}, which leads without the store, not to take the leader lock for {@code ttl}. */
    default FailsafeAnswer failsafe(MemberName leader) {
        return FailsafeAnswer.OFF;
    }

    /** What becomes of a request for a promise. */
    enum FailsafeAnswer {
        PROMISED,
        /** This member leads, or may be about to. */
        LEADING,
        /** There is no failsafe mode here. */
        OFF
    }

    /** @param refusal why there is no vote, for the log of the asker; empty with a vote */
    record CutReply(Optional<CutVote> vote, String refusal) {
    }

    /** @param message the sentence for the operator */
    record Reply(boolean ok, String message) {
    }
}
