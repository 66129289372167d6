package io.matriarch.postgres;

import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** One running operation: its permit, whether it was cancelled, and the state it shows meanwhile. */
final class Work {

    private final Operation operation;
    private final Tick begun;
    private final BooleanSupplier permit;
    private final boolean mayStartAnything;
    private volatile boolean cancelled;
    private volatile PostgresState shown;

    Work(Operation operation, Tick begun, BooleanSupplier permit) {
        this.operation = operation;
        this.begun = begun;
        this.permit = permit;
        this.mayStartAnything = !(operation instanceof Operation.Stop);
    }

    Operation operation() {
        return operation;
    }

    Tick begun() {
        return begun;
    }

    boolean mayStartAnything() {
        return mayStartAnything && !cancelled;
    }

    void cancel() {
        cancelled = true;
    }

    void show(PostgresState state) {
        shown = state;
    }

    Optional<PostgresState> shown() {
        return Optional.ofNullable(shown);
    }

    /** Ends the operation when it was cancelled. */
    void goOn() throws OperationFailedException {
        if (cancelled || Thread.currentThread().isInterrupted()) {
            throw new OperationFailedException("cancelled");
        }
    }

    /** Asks for leave to let PostgreSQL accept writes. */
    void askPermit() throws OperationFailedException {
        goOn();
        if (!permit.getAsBoolean()) {
            throw new OperationFailedException("not permitted: the leader lock is not held");
        }
    }

    void pause(Duration duration) throws OperationFailedException {
        goOn();
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationFailedException("cancelled", e);
        }
    }
}
