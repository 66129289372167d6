package io.matriarch.postgres;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners that the postmaster died: a child at once, an adopted one within a tenth of a second. */
final class ExitWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ExitWatch.class);
    private static final long INTERVAL_MILLIS = 100;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread t = new Thread(task, "postgres-exit");
        t.setDaemon(true);
        return t;
    });
    private ProcessTable.Identity adopted;
    private ScheduledFuture<?> watching;

    void add(Runnable listener) {
        listeners.add(listener);
    }

    void watchChild(Process child) {
        endWatch();
        child.onExit().thenRun(this::tell);
    }

    synchronized void watchAdopted(ProcessTable.Identity postmaster) {
        adopted = postmaster;
        if (watching == null) {
            watching = thread.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void endWatch() {
        adopted = null;
        if (watching != null) {
            watching.cancel(false);
            watching = null;
        }
    }

    /** Calls every listener on the caller's thread. */
    void tell() {
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.error("a listener for the end of PostgreSQL failed", e);
            }
        }
    }

    private void look() {
        boolean dead;
        synchronized (this) {
            dead = adopted != null && !adopted.isAlive();
        }
        if (dead) {
            endWatch();
            tell();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
