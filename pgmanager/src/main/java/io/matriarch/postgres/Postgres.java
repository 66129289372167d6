package io.matriarch.postgres;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The PostgreSQL server of this member.
 *
 * <p>Threads: the HA loop's thread calls; only {@link #onExit} listeners are called elsewhere. No method throws for a
 * failure of PostgreSQL; it becomes part of the next observation or of the operation's outcome.
 */
public interface Postgres extends AutoCloseable {

    /** Looks. Takes at most about {@code timeout}, also when the server is frozen. */
    PostgresStatus observe(Duration timeout);

    /**
     * Begins a long operation; refused (false) while another runs.
     *
     * @param permit asked right before the step that lets PostgreSQL accept writes; when it says no the operation fails
     *               and leaves nothing that may write
     */
    boolean begin(Operation operation, Tick now, BooleanSupplier permit);

    /** The running operation, or the one that ended last and was not {@linkplain #acknowledge acknowledged}. */
    Optional<LongTaskStatus> task();

    /** Forgets the outcome of an ended operation. */
    void acknowledge();

    /** Cancels the running operation and waits until it is over. */
    void cancel(Duration timeout);

    /**
     * Kills every process of the data directory and returns when a scan finds none.
     *
     * @return false when some could not be killed in time; they may still write
     */
    boolean fence(Duration timeout);

    /** Makes the startup process retry its connection to the upstream at once. */
    void nudge();

    /** Creates missing physical slots and drops inactive ones not wanted. */
    boolean syncSlots(Set<String> wanted);

    /** Takes over new dynamic settings: writes the configuration files and reloads when something changed. */
    boolean applySettings(Map<String, Object> dynamicConfig);

    /**
     * Sets {@code synchronous_standby_names} in place of the user's own value, durably: for the running server, which is
     * told to reload, and for every later start. Whether it is in effect is seen by {@link #observe}.
     *
     * @param names as PostgreSQL takes it; empty for none
     * @return false when it could not be written; the old value may then still come into effect or stay
     */
    boolean setStandbyNames(String names);

    /** Gives {@code synchronous_standby_names} back to the user's own configuration; false when that could not be written. */
    boolean releaseStandbyNames();

    /**
     * Cuts this member from whatever it streams from: writes {@code epoch} and the empty source durably, ends the WAL
     * receiver, makes sure that none is left and none can come, and reads where the log on disk ends. From then on nothing
     * that the old source sends is acknowledged, across restarts, until an operation follows another source. A server that
     * does not run is cut by that; a primary is never cut. Repeating it is harmless; the epoch never goes back.
     *
     * @return the vote; empty when anything could not be made sure within {@code timeout}. What was done by then stays
     */
    Optional<CutVote> cut(Revision epoch, Duration timeout);

    /** The history of the current timeline as PostgreSQL has it on disk; empty on timeline 1 or when unreadable. */
    Optional<TimelineHistory> timelineHistory();

    /**
     * Tells until when PostgreSQL may live under this lock. The guard, when it watches for this lock, takes a later
     * deadline over and ignores an earlier one; the last one told is what the next {@link #arm} begins with. Never
     * blocks, has no outcome, and may be called on any thread.
     *
     * @param deadline on the clock that also counts the time the machine was suspended
     */
    default void feed(LeaderLock lock, Tick deadline) {
    }

    /**
     * Puts the guard on watch: from its acknowledgement on, every process of the data directory that may write is killed
     * at the deadline and for as long after it as any shows up, whatever becomes of this agent. The guard then obeys this
     * call alone: what earlier calls and earlier agents sent, and send, is ignored, and the deadline {@linkplain #feed told
     * last} for this lock replaces the one it had, also by an earlier one. While none was told yet a guard that watches
     * keeps its deadline, and one that did not gets a lease's length. A guard that is gone is replaced. When PostgreSQL
     * does not run, the guard that starts it will be armed from its first moment.
     *
     * @return whether the guard acknowledged; at once true where no guard is used. When false PostgreSQL must not become
     *         primary; a primary that runs may go on for as long as the agent itself watches it
     */
    boolean arm(LeaseId lease, Revision epoch);

    /**
     * Takes the guard off watch; later {@linkplain #feed deadlines} mean nothing until the next {@link #arm}.
     *
     * @return whether the guard acknowledged, or is not there
     */
    boolean disarm();

    /** Calls {@code listener} soon after the postmaster or the running operation ended. */
    void onExit(Runnable listener);

    /** Ends the agent's own connections and threads; PostgreSQL keeps running. */
    @Override
    void close();
}
