package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.TimelineHistory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One thing to do. Effects of a decision are performed in order; the first that does not succeed ends the round. Every
 * effect may be repeated, and a decision may be cut off between any two of its effects.
 */
public sealed interface Effect {

    /** Whether what comes next can be decided at once, with what this effect has changed. */
    default boolean changesTheSituation() {
        return !(this instanceof WriteStatus || this instanceof WriteFailsafe || this instanceof WriteHistory || this instanceof SyncSlots
                || this instanceof ApplySettings || this instanceof Nudge || this instanceof Begin
                || this instanceof AdoptLeaderLock || this instanceof SetStandbyNames
                || this instanceof ReleaseStandbyNames || this instanceof ArmGuard || this instanceof DisarmGuard
                || this instanceof Exit);
    }

    /**
     * Takes the leader lock on a fresh lease and starts renewing it.
     *
     * @param sync only when the sync key still has this revision; empty when the decision did not rest on it
     */
    record AcquireLeaderLock(Optional<Revision> sync) implements Effect {

        public AcquireLeaderLock() {
            this(Optional.empty());
        }
    }

    /** Starts renewing a lock that the store says is ours; it is held once the first renewal succeeded. */
    record AdoptLeaderLock(LeaderLock lock) implements Effect {
    }

    /** Stops renewing without a word to the store: the lock is lost. */
    record ForgetLeaderLock() implements Effect {
    }

    /** Gives the lock up. Only when nothing of the data directory may write any more. */
    record ReleaseLeaderLock(Optional<ClusterStatus> finalStatus) implements Effect {
    }

    /**
     * Gives the lock to another member, with the final status. Only when nothing may write any more.
     *
     * @param sync what the sync key becomes by the same transaction; empty leaves it as it is
     */
    record HandOverLeaderLock(MemberName to, ClusterStatus finalStatus, Optional<WriteSync> sync) implements Effect {

        public HandOverLeaderLock(MemberName to, ClusterStatus finalStatus) {
            this(to, finalStatus, Optional.empty());
        }
    }

    /**
     * Asks members for their status and waits: for everyone in {@code needed}, then a moment for those in
     * {@code welcome}, at most {@code patience}.
     */
    record AskPeers(Set<MemberName> needed, Set<MemberName> welcome, Duration patience) implements Effect {
    }

    /**
     * Cuts this member, then has the voters cut themselves from every holder before the held lock and collects their
     * votes. Ends when {@code needed} voters have voted, this member counted when it is one, or after {@code patience}.
     * Succeeds with however many votes there are; they are in the next observation. Fails when this member could not be
     * cut, or does not hold the lock.
     *
     * @param voters members whose votes count, this one perhaps among them
     */
    record CollectCuts(Revision epoch, Set<MemberName> voters, int needed, Duration patience) implements Effect {
    }

    /**
     * Cuts this member from every holder of the lock before {@code epoch}: remembers the epoch and the empty source
     * durably, ends the WAL receiver, sees that none is left, reads the end of the log. The vote is in the next
     * observation and goes to the member that asked. Fails when it could not be made sure.
     */
    record Cut(Revision epoch) implements Effect {
    }

    /** Writes the sync key when it still has the revision {@code expected} and the lock is held. */
    record WriteSync(SyncState sync, Revision expected) implements Effect {
    }

    /** Deletes the sync key when it still has the revision {@code expected} and the lock is held. */
    record DeleteSync(Revision expected) implements Effect {
    }

    /**
     * Sets {@code synchronous_standby_names} in place of the user's own value, for the running server and every later
     * start, until it is released; empty for none. Whether it is in effect is observed later.
     */
    record SetStandbyNames(String names) implements Effect {
    }

    /** Gives {@code synchronous_standby_names} back to the user's own configuration. */
    record ReleaseStandbyNames() implements Effect {
    }

    /** Claims the right to found the cluster. */
    record ClaimInitialize() implements Effect {
    }

    record WithdrawInitialize() implements Effect {
    }

    record WriteInitialize(String systemIdentifier, boolean ifAbsent) implements Effect {
    }

    /** Writes the config key if it is absent. */
    record RestoreConfig(Map<String, Object> document) implements Effect {
    }

    record WriteStatus(ClusterStatus status) implements Effect {
    }

    /** Writes with whom this member may lead on when the store is away: members by API URL. */
    record WriteFailsafe(java.util.Map<String, String> members) implements Effect {
    }

    /** Reads the local timeline history and writes the history key when it differs. */
    record WriteHistory(TimelineHistory known) implements Effect {
    }

    record ClearFailover(Revision expected) implements Effect {
    }

    /** Kills every process of the data directory that may write, now: stop, kill, scan until none is left. */
    record Fence() implements Effect {
    }

    /** Has the guard watch PostgreSQL under this lock until it is told otherwise. */
    record ArmGuard(LeaseId lease, Revision epoch) implements Effect {
    }

    record DisarmGuard() implements Effect {
    }

    /** Begins a long operation. */
    record Begin(Operation operation) implements Effect {
    }

    /** Cancels the running operation and waits until it is over. */
    record CancelOperation() implements Effect {
    }

    /** Makes a replica that should stream retry its connection at once. */
    record Nudge() implements Effect {
    }

    /** Creates missing physical replication slots and drops inactive ones of members that are gone. */
    record SyncSlots(Set<String> wanted) implements Effect {
    }

    /** Writes configuration files that changed and reloads. */
    record ApplySettings() implements Effect {
    }

    /** Ends the process with a message and an exit code. */
    record Exit(int code, String message) implements Effect {
    }
}
