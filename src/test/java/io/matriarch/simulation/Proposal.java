package io.matriarch.simulation;

import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One command or linearizable read on its way through the simulated group. */
final class Proposal {

    private final Machine from;
    private final int incarnation;
    private final Command command;
    private final Optional<RangeRequest> read;
    private final long deadline;
    private final CompletableFuture<Outcome> answer = new CompletableFuture<>();
    private boolean landed;

    /** @param deadline real time at which the sender gives up */
    Proposal(Machine from, Command command, Optional<RangeRequest> read, long deadline) {
        this.from = from;
        this.incarnation = from.incarnation();
        this.command = command;
        this.read = read;
        this.deadline = deadline;
    }

    Machine from() {
        return from;
    }

    /** Gives the sender its answer, unless its process is not the one that asked any more. */
    void settle(Outcome outcome) {
        if (from.incarnation() == incarnation) {
            from.onAgent(0, () -> answer.complete(outcome));
        }
    }

    Command command() {
        return command;
    }

    Optional<RangeRequest> read() {
        return read;
    }

    long deadline() {
        return deadline;
    }

    CompletableFuture<Outcome> answer() {
        return answer;
    }

    /** Marks it as committed; false when it was before. */
    boolean land() {
        boolean first = !landed;
        landed = true;
        return first;
    }
}
