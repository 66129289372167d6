package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.Tick;
import java.util.concurrent.CompletableFuture;

/**
 * One machine: its clocks, and the process of its agent as far as time goes. An agent may be dead or frozen; what
 * happens on it is put off while it is frozen and lost when it is dead. While an agent waits, time passes for all.
 */
final class Machine {

    private static final long NEVER = Long.MIN_VALUE / 2;

    private final int id;
    private final MemberName name;
    private final HostClock clock;
    private final EventLoop loop;
    private final Stacks stacks;
    private int incarnation;
    private boolean agentAlive;
    private long frozenUntil = NEVER;
    private long disturbedAt = NEVER;
    private Runnable onKill = () -> { };

    Machine(int id, HostClock clock, EventLoop loop, Stacks stacks) {
        this.id = id;
        this.name = new MemberName("n" + (id + 1));
        this.clock = clock;
        this.loop = loop;
        this.stacks = stacks;
    }

    int id() {
        return id;
    }

    MemberName name() {
        return name;
    }

    HostClock clock() {
        return clock;
    }

    /** What the monotonic clock shows. */
    Tick now() {
        return new Tick(clock.at(loop.now()));
    }

    /** What the clock shows that counts the time the machine was suspended. */
    Tick bootNow() {
        return new Tick(clock.bootAt(loop.now()));
    }

    int incarnation() {
        return incarnation;
    }

    boolean isAgentAlive() {
        return agentAlive;
    }

    boolean isFrozen() {
        return frozenUntil > loop.now();
    }

    /** Whether the agent lives and is scheduled. */
    boolean isAgentRunning() {
        return agentAlive && !isFrozen();
    }

    /** Real time until which the agent is not scheduled. */
    long frozenUntil() {
        return frozenUntil;
    }

    /** Real time at which the agent last started, or was scheduled again after a freeze. */
    long disturbedAt() {
        return Math.max(disturbedAt, frozenUntil);
    }

    void startAgent() {
        incarnation++;
        agentAlive = true;
        frozenUntil = NEVER;
        disturbedAt = loop.now();
    }

    void killAgent() {
        incarnation++;
        agentAlive = false;
        frozenUntil = NEVER;
        Runnable wakeTheWaiting = onKill;
        onKill = () -> { };
        loop.after(0, wakeTheWaiting);
    }

    /** Replaces what is done, soon after the agent is killed, to unwind a tick that waits. */
    void onKill(Runnable action) {
        onKill = action;
    }

    void freezeAgent(long nanos) {
        frozenUntil = Math.max(frozenUntil, loop.now() + nanos);
    }

    /** Runs something on this incarnation of the agent, later: put off while it is frozen, dropped when it is dead. */
    void onAgent(long delay, Runnable action) {
        int mine = incarnation;
        loop.after(delay, () -> runOnAgent(mine, action));
    }

    private void runOnAgent(int mine, Runnable action) {
        if (mine != incarnation || !agentAlive) {
            return;
        }
        if (isFrozen()) {
            loop.at(frozenUntil, () -> runOnAgent(mine, action));
            return;
        }
        action.run();
    }

    /** Runs one tick of the agent; a kill while it waits ends it there. May return before the tick has ended. */
    void tick(Runnable body) {
        stacks.run(() -> {
            try {
                body.run();
            } catch (AgentKilled e) {
                // The tick was cut off at the call it waited in; nothing after it happens.
                return;
            }
        });
    }

    /** Lets the agent be busy for a while. */
    void spend(long nanos) {
        await(nanos, new CompletableFuture<>());
    }

    /** Waits, within a tick, until {@code done}, at most {@code nanos}. */
    void await(long nanos, CompletableFuture<?> done) {
        int mine = incarnation;
        stacks.await(this, nanos, done);
        if (mine != incarnation || loop.isStopped()) {
            throw new AgentKilled();
        }
    }

    /** Unwinds the tick of an agent that was killed while it waited. */
    static final class AgentKilled extends Error {

        private static final long serialVersionUID = 1;

        AgentKilled() {
            super("agent killed", null, false, false);
        }
    }
}
