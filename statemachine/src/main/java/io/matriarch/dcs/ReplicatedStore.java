package io.matriarch.dcs;

import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The replicated store as one process reaches it: through its own peer, or through the peers of others.
 *
 * <p>Threads: every method may be called from any thread and returns without waiting for the network; futures complete
 * on a thread of the implementation, so dependents must not block. No future ever completes exceptionally.
 */
public interface ReplicatedStore extends AutoCloseable {

    /**
     * Puts a command into the log. The future completes within {@code timeout}, give or take a scheduling delay.
     *
     * @return {@link Outcome.Done} when the command was committed and applied, whatever its result (a refusal by the
     *         store is a result); {@link Outcome.Unknown} when it may or may not be applied, now or later.
     *         A command is applied at most once per call
     */
    CompletableFuture<Outcome> propose(Command command, Duration timeout);

    /**
     * Reads.
     *
     * @return {@link Outcome.Done} with a {@link Result.RangeResult} or a refusal; {@link Outcome.Unknown} when no
     *         answer came in time
     */
    CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout);

    /**
     * How long ago the state that {@link Consistency#LOCAL} reads was known to be current: an entry was applied, or
     * the Raft leader was heard of while nothing was left to apply. Large when this process is cut off.
     */
    Duration localAge();

    /**
     * Watches a range from a revision on; 0 means: from the next change. The listener is called by one thread at a
     * time, in order of revision, without gaps.
     */
    Watch watch(Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener);

    /** Ends all work; open watches are told nothing, pending futures complete with {@link Outcome.Unknown}. */
    @Override
    void close();

    /** How current a read must be. */
    enum Consistency {
        /** What this process has applied; may be old. */
        LOCAL,
        /** Not older than any write acknowledged before the call; proven by an entry of the log. */
        LINEARIZABLE
    }

    /** What is known about a proposal or a read. */
    sealed interface Outcome {

        record Done(Applied applied) implements Outcome {
        }

        record Unknown(String why) implements Outcome {
        }
    }

    /** A running watch. */
    interface Watch extends AutoCloseable {

        /**
         * The revision up to which the listener has been told everything that concerns it; -1 when that is not known
         * here. Never ahead of a change that is still to be told.
         */
        default long seen() {
            return -1;
        }

        @Override
        void close();
    }

    /** Receives changes. Must return soon and must not throw. */
    interface WatchListener {

        /** All changes of one revision. */
        void changed(long revision, List<Event> events);

        /** The watch ended: changes before {@code compactRevision} that it had not seen are gone. Read anew, then watch. */
        void compacted(long compactRevision);
    }
}
