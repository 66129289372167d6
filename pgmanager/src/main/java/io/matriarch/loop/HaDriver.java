package io.matriarch.loop;

import io.matriarch.ha.Effect;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a production agent: one runs the loop, the other renews leases, so that a slow tick cannot cost the
 * lock. Wakes that come close together cause one tick.
 */
public final class HaDriver implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HaDriver.class);
    private static final Duration AFTER_A_BUG = Duration.ofSeconds(1);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final Duration COALESCED = Duration.ofMillis(5);

    private final HaLoop loop;
    private final LeaderLockKeeper keeper;
    private final Ticker ticker;
    private final Consumer<Effect.Exit> onExit;
    private final Alarm loopAlarm;
    private final Alarm keeperAlarm;
    private final Thread loopThread;
    private final Thread keeperThread;
    private volatile boolean closed;

    /** @param onExit called once, on the loop's thread, when the loop has decided that the process ends */
    public HaDriver(HaLoop loop, LeaderLockKeeper keeper, Ticker ticker, Consumer<Effect.Exit> onExit) {
        this.loop = loop;
        this.keeper = keeper;
        this.ticker = ticker;
        this.onExit = onExit;
        this.loopAlarm = new Alarm(ticker);
        this.keeperAlarm = new Alarm(ticker);
        this.loopThread = new Thread(this::runLoop, "ha-loop");
        this.keeperThread = new Thread(this::runKeeper, "leader-lock-keeper");
        keeperThread.setDaemon(true);
        keeperThread.setPriority(Thread.MAX_PRIORITY);
        loop.onWake(loopAlarm::ring);
        keeper.onDue(keeperAlarm::ring);
    }

    public void start() {
        loopThread.start();
        keeperThread.start();
    }

    /** Ends both threads; PostgreSQL and the lock are left as they are. */
    @Override
    public void close() {
        closed = true;
        loopAlarm.ring();
        keeperAlarm.ring();
        join(loopThread);
        join(keeperThread);
    }

    private static void join(Thread thread) {
        if (thread == Thread.currentThread()) {
            return;
        }
        try {
            thread.join(CLOSING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void runLoop() {
        while (!closed) {
            Tick next;
            try {
                next = loop.tick();
            } catch (RuntimeException e) {
                LOG.error("Unexpected exception raised, please report it as a BUG", e);
                next = ticker.now().plus(AFTER_A_BUG);
            }
            if (loop.exit().isPresent()) {
                onExit.accept(loop.exit().get());
                return;
            }
            sleep(loopAlarm, next);
            sleepFor(COALESCED);
        }
    }

    private void runKeeper() {
        while (!closed) {
            Tick next;
            try {
                next = keeper.poll(ticker.now());
            } catch (RuntimeException e) {
                LOG.error("Unexpected exception raised, please report it as a BUG", e);
                next = ticker.now().plus(COALESCED.multipliedBy(20));
            }
            sleep(keeperAlarm, next);
        }
    }

    private void sleep(Alarm alarm, Tick until) {
        try {
            alarm.sleepUntil(until);
        } catch (InterruptedException e) {
            closed = true;
            Thread.currentThread().interrupt();
        }
    }

    private void sleepFor(Duration moment) {
        try {
            Thread.sleep(moment.toMillis());
        } catch (InterruptedException e) {
            closed = true;
            Thread.currentThread().interrupt();
        }
    }
}
