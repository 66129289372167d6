package io.matriarch.postgres;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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
    private volatile ProcessTable.Identity adopted;

    ExitWatch() {
        thread.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    void add(Runnable listener) {
        listeners.add(listener);
    }

    void watchChild(Process child) {
        adopted = null;
        child.onExit().thenRun(this::tell);
    }

    void watchAdopted(ProcessTable.Identity postmaster) {
        adopted = postmaster;
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
        ProcessTable.Identity watched = adopted;
        if (watched != null && !watched.isAlive()) {
            adopted = null;
            tell();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
