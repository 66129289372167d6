package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where the ticks of agents run. A tick that begins while no other waits runs on the loop's own stack, and lets time
 * pass from within; one that begins meanwhile gets a fiber, so that each waits exactly as long as it has to.
 */
final class Stacks implements AutoCloseable {

    private final EventLoop loop;
    private final List<Fiber> all = new ArrayList<>();
    private final List<Parked> parked = new ArrayList<>();
    private boolean someoneWaits;
    private boolean closing;
    private boolean fibersOnly;
    private Fiber current;

    Stacks(EventLoop loop) {
        this.loop = loop;
    }

    /** From now on no tick lets time pass from within: slower, and whoever runs the loop stops exactly where he wants. */
    void fibersOnly() {
        fibersOnly = true;
    }

    /** Runs a tick until it ends or, on a fiber, until it waits. */
    void run(Runnable tick) {
        if (!someoneWaits && !fibersOnly) {
            tick.run();
            return;
        }
        Fiber fiber = all.stream().filter(Fiber::isFinished).findFirst().orElseGet(this::another);
        enter(fiber, () -> fiber.start(tick));
    }

    private Fiber another() {
        Fiber fiber = new Fiber();
        all.add(fiber);
        return fiber;
    }

    private void enter(Fiber fiber, Runnable step) {
        Fiber before = current;
        current = fiber;
        try {
            step.run();
        } finally {
            current = before;
        }
    }

    /** Waits, within a tick of a machine, until the future is complete or the time is over, or the agent was killed. */
    void await(Machine machine, long nanos, CompletableFuture<?> done) {
        if (closing || loop.isStopped() || done.isDone()) {
            return;
        }
        if (current == null) {
            someoneWaits = true;
            int mine = machine.incarnation();
            loop.runUntil(loop.now() + nanos, () -> done.isDone() || mine != machine.incarnation());
            while (mine == machine.incarnation() && machine.isFrozen() && !loop.isStopped()) {
                loop.runUntil(machine.frozenUntil(), () -> mine != machine.incarnation());
            }
            someoneWaits = false;
            return;
        }
        park(machine, nanos, done);
    }

    private void park(Machine machine, long nanos, CompletableFuture<?> done) {
        Fiber fiber = current;
        Parked wait = new Parked(fiber, machine);
        parked.add(wait);
        machine.onKill(wait::unpark);
        loop.after(nanos, wait::unpark);
        done.thenRun(() -> loop.after(0, wait::unpark));
        fiber.pause();
    }

    /** Ends every tick that still waits. */
    @Override
    public void close() {
        closing = true;
        while (!parked.isEmpty()) {
            Parked wait = parked.remove(parked.size() - 1);
            enter(wait.fiber, wait.fiber::resume);
        }
        all.forEach(Fiber::close);
    }

    /** A tick that waits on its fiber. */
    private final class Parked {

        private final Fiber fiber;
        private final Machine machine;
        private final int incarnation;

        private Parked(Fiber fiber, Machine machine) {
            this.fiber = fiber;
            this.machine = machine;
            this.incarnation = machine.incarnation();
        }

        private void unpark() {
            if (!parked.contains(this)) {
                return;
            }
            if (incarnation == machine.incarnation() && machine.isFrozen()) {
                loop.at(machine.frozenUntil(), this::unpark);
                return;
            }
            parked.remove(this);
            enter(fiber, fiber::resume);
        }
    }
}
