package io.matriarch.store;

import java.util.List;

/**
 * What the application of one command did.
 *
 * @param events the changes in order, all at {@code result.revision()}; empty when no key changed
 */
public record Applied(Result result, List<Event> events) {

    public Applied {
        events = List.copyOf(events);
    }
}
