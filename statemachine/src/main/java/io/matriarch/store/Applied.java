package io.matriarch.store;

import java.util.List;

/**
 * What the application of one command did.
 *
 * @param events the changes in order of execution, all at {@code result.revision()}; empty when no key changed
 * @param leases the leases that were granted, renewed or ended, ascending; a lease that is no longer in the store
 *               ended. Whoever measures the time of leases starts anew for each of them
 */
public record Applied(Result result, List<Event> events, List<Long> leases) {

    public Applied {
        events = List.copyOf(events);
        leases = List.copyOf(leases);
    }

    /** An application that touched no lease. */
    public Applied(Result result, List<Event> events) {
        this(result, events, List.of());
    }
}
