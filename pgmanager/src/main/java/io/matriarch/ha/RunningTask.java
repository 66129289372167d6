package io.matriarch.ha;

import java.util.Optional;

/** A long operation is under way: hold still, unless it stands in the way of something that matters more. */
final class RunningTask {

    private RunningTask() {
    }

    static Optional<Decision> decide(Facts f) {
        if (f.running().isEmpty()) {
            return Optional.empty();
        }
        boolean forced = f.seen().intent().reinitialize().filter(OperatorIntent.Reinitialize::force)
                .filter(r -> r.id() != f.memory().upkeep().reinitializeTried()).isPresent();
        Operation operation = f.running().get().operation();
        String label = label(f, operation);
        if (forced && !(operation instanceof Operation.Bootstrap) && !f.holds() && f.otherLeader().isPresent()) {
            return Optional.of(f.decide(Rule.CANCEL_FOR_REINITIALIZE, "Cancelling long running task " + label,
                    Facts.SOON, new Effect.CancelOperation()));
        }
        if (operation instanceof Operation.StartPrimary && !f.paused()) {
            Optional<Decision> overtaken = Recovery.overtaken(f);
            if (overtaken.isPresent()) {
                return overtaken;
            }
        }
        String reason = f.holds() ? "updated leader lock during " + label : label + " in progress";
        return Optional.of(f.decide(Rule.TASK_RUNS, reason, Facts.CALM));
    }

    private static String label(Facts f, Operation operation) {
        boolean moving = operation instanceof Operation.Stop && f.memory().switchover().isPresent();
        return moving ? f.memory().switchover().get().label() + ": demote" : operation.label();
    }
}
