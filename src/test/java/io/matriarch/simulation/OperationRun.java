package io.matriarch.simulation;

import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Tick;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** One long operation of an agent: a chain of steps that stops when the agent dies or the operation is cancelled. */
final class OperationRun {

    private static final long POLL = 100_000_000;

    private final Machine machine;
    private final Operation operation;
    private final Tick begun;
    private final BooleanSupplier permit;
    private final Runnable onEnd;
    private Optional<LongTaskStatus.Outcome> outcome = Optional.empty();

    OperationRun(Machine machine, Operation operation, Tick begun, BooleanSupplier permit, Runnable onEnd) {
        this.machine = machine;
        this.operation = operation;
        this.begun = begun;
        this.permit = permit;
        this.onEnd = onEnd;
    }

    Operation operation() {
        return operation;
    }

    boolean isRunning() {
        return outcome.isEmpty();
    }

    LongTaskStatus status() {
        return new LongTaskStatus(operation, begun, outcome);
    }

    boolean permitted() {
        return permit.getAsBoolean();
    }

    /** Goes on after {@code delay}. */
    void step(long delay, Runnable action) {
        machine.onAgent(delay, () -> {
            if (isRunning()) {
                action.run();
            }
        });
    }

    /** Goes on with {@code then} once {@code reached}, with {@code otherwise} when that takes longer than {@code patience}. */
    void waitFor(BooleanSupplier reached, long patience, Runnable then, Runnable otherwise) {
        step(Math.min(POLL, Math.max(patience, 1)), () -> {
            if (reached.getAsBoolean()) {
                then.run();
            } else if (patience <= POLL) {
                otherwise.run();
            } else {
                waitFor(reached, patience - POLL, then, otherwise);
            }
        });
    }

    void succeed(String message) {
        end(true, message);
    }

    void fail(String message) {
        end(false, message);
    }

    void cancel() {
        outcome = Optional.of(new LongTaskStatus.Outcome(false, "cancelled"));
        onEnd.run();
    }

    private void end(boolean success, String message) {
        outcome = Optional.of(new LongTaskStatus.Outcome(success, message));
        onEnd.run();
    }
}
