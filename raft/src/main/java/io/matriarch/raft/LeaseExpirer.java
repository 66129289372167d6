package io.matriarch.raft;

import io.matriarch.store.Command;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Proposes the end of leases that ran out, while this peer leads the group.
 *
 * <p>After a stall of this process renewals may wait unread in its sockets, so it gives them one renewal interval more.
 * One thread of its own runs it; {@link #step} holds the rule and can be called without one.
 */
final class LeaseExpirer implements AutoCloseable {

    static final long STALL_NANOS = Duration.ofMillis(200).toNanos();
    static final long GRACE_NANOS = Duration.ofMillis(500).toNanos();
    private static final long REPEAT_NANOS = Duration.ofMillis(500).toNanos();
    private static final long FINE_SLICE_NANOS = Duration.ofMillis(100).toNanos();
    /** Whoever becomes Raft leader is woken. */
    private static final long NOT_LEADING_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long LONG_SLICE_NANOS = Duration.ofMillis(500).toNanos();
    /**
     * So long before the end of a lease the steps become fine enough to notice every stall. One that was over earlier
     * does not matter: what waited in the sockets has been read by then.
     */
    private static final long APPROACH_NANOS = Duration.ofMillis(600).toNanos();
    private static final long LEAST_WAIT_NANOS = Duration.ofMillis(5).toNanos();

    private final LeaseClock leases;
    private final BooleanSupplier leading;
    private final Consumer<Command.LeaseExpire> propose;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private final Map<LeaseClock.Due, Long> proposed = new HashMap<>();
    private boolean graced;
    private long graceUntil;
    private long plannedWake;
    private volatile boolean closed;

    LeaseExpirer(LeaseClock leases, BooleanSupplier leading, Consumer<Command.LeaseExpire> propose,
                 LongSupplier nanoTime) {
        this.leases = leases;
        this.leading = leading;
        this.propose = propose;
        this.nanoTime = nanoTime;
        this.plannedWake = nanoTime.getAsLong();
    }

    void start() {
        Thread thread = new Thread(this::run, "raft-leases");
        thread.setDaemon(true);
        thread.start();
    }

    /** Looks again at once, as after becoming Raft leader. */
    void wake() {
        lock.lock();
        try {
            plannedWake = nanoTime.getAsLong();
            wake.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Proposes what is due at {@code now}.
     *
     * @return how long to wait before the next step, in nanoseconds
     */
    long step(long now) {
        if (now - plannedWake > STALL_NANOS) {
            graced = true;
            graceUntil = now + GRACE_NANOS;
        }
        long wait = LONG_SLICE_NANOS;
        if (leading.getAsBoolean()) {
            if (graced && graceUntil - now > 0) {
                wait = Math.min(FINE_SLICE_NANOS, graceUntil - now);
            } else {
                graced = false;
                proposeDue(now);
                wait = untilNext(leases.untilDue(now).orElse(Long.MAX_VALUE));
            }
        } else {
            proposed.clear();
            wait = NOT_LEADING_NANOS;
        }
        wait = Math.max(wait, LEAST_WAIT_NANOS);
        plannedWake = now + wait;
        return wait;
    }

    private static long untilNext(long untilDue) {
        return untilDue > APPROACH_NANOS ? Math.min(LONG_SLICE_NANOS, untilDue - APPROACH_NANOS)
                : Math.min(FINE_SLICE_NANOS, untilDue);
    }

    private void proposeDue(long now) {
        proposed.values().removeIf(at -> now - at > REPEAT_NANOS);
        for (LeaseClock.Due due : leases.due(now)) {
            if (proposed.putIfAbsent(due, now) == null) {
                propose.accept(new Command.LeaseExpire(due.id(), due.sequence()));
            }
        }
    }

    private void run() {
        lock.lock();
        try {
            while (!closed) {
                long wait = step(nanoTime.getAsLong());
                if (wake.await(wait, TimeUnit.NANOSECONDS)) {
                    plannedWake = nanoTime.getAsLong();
                }
            }
        } catch (InterruptedException e) {
            // only a shutdown of the whole process interrupts this thread
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        wake();
    }
}
