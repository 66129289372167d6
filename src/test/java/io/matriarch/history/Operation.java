package io.matriarch.history;

import java.util.List;
import java.util.Optional;

/**
 * One request as its client saw it. Times are nanoseconds of one clock for all clients.
 *
 * @param member       whom it was sent to
 * @param returned     {@link Long#MAX_VALUE} when no answer came
 * @param serializable answered by the member from what it has, so possibly not the newest
 * @param condition    of a transaction; a delete that found nothing is one whose condition "it exists" was false
 * @param succeeded    whether the condition held, or there was none
 * @param changes      what was to be changed if the condition held
 * @param revision     of the answer
 * @param before       keys as they were before the changes
 * @param after        keys as they were at the revision
 */
record Operation(int member, long invoked, long returned, Outcome outcome, boolean serializable,
                 Optional<Condition> condition, boolean succeeded, List<Change> changes, long revision,
                 List<Seen> before, List<Seen> after) {

    enum Outcome {
        /** It was answered. */
        DONE,
        /** It may have been performed, or may be yet. */
        UNKNOWN,
        /** It was surely not performed. */
        REFUSED
    }

    /** That a key has a value; without one, that it exists. */
    record Condition(String key, Optional<String> value) {

        boolean holds(Optional<KeyState> state) {
            return state.isPresent() && (value.isEmpty() || value.get().equals(state.get().value()));
        }
    }

    /** A value put, or a deletion. Every value is put by one operation alone. */
    record Change(String key, Optional<String> value) {
    }

    /** A key as it was seen. */
    record Seen(String key, Optional<KeyState> state) {
    }

    /** What the store tells of a key that exists. */
    record KeyState(String value, long created, long modified, long version) {
    }

    /** Whether it changed something, for all its client knows. */
    boolean hasChanged() {
        return outcome == Outcome.DONE && succeeded && !changes.isEmpty();
    }
}
