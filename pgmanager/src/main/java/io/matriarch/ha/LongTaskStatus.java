package io.matriarch.ha;

import java.util.Optional;

/**
 * The operation that runs or has just ended.
 *
 * @param outcome empty while it runs
 */
public record LongTaskStatus(Operation operation, Tick begun, Optional<Outcome> outcome) {

    public boolean isRunning() {
        return outcome.isEmpty();
    }

    public boolean succeeded() {
        return outcome.isPresent() && outcome.get().success();
    }

    /** @param message why it failed, or what it did */
    public record Outcome(boolean success, String message) {
    }
}
