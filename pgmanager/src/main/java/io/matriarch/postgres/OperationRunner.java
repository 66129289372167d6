package io.matriarch.postgres;

import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one operation at a time on a thread of its own. */
final class OperationRunner {

    private static final Logger LOG = LoggerFactory.getLogger(OperationRunner.class);

    private final Steps steps;
    private final Runnable ended;
    private Running running;
    private LongTaskStatus last;

    /** What the operation does; the result is the sentence for its outcome. */
    @FunctionalInterface
    interface Steps {
        String run(Work work) throws OperationFailedException;
    }

    private record Running(Work work, Thread thread, CountDownLatch over) {
    }

    /** @param ended called on the operation's thread when it is over */
    OperationRunner(Steps steps, Runnable ended) {
        this.steps = steps;
        this.ended = ended;
    }

    synchronized boolean begin(Operation operation, Tick now, BooleanSupplier permit) {
        if (running != null) {
            LOG.info("cannot begin {}, {} is already in progress", operation.label(), running.work.operation().label());
            return false;
        }
        Work work = new Work(operation, now, permit);
        CountDownLatch over = new CountDownLatch(1);
        Thread thread = new Thread(() -> run(work, over), "postgres-operation");
        thread.setDaemon(true);
        running = new Running(work, thread, over);
        last = new LongTaskStatus(operation, now, Optional.empty());
        thread.start();
        return true;
    }

    private void run(Work work, CountDownLatch over) {
        LongTaskStatus.Outcome outcome;
        try {
            outcome = new LongTaskStatus.Outcome(true, steps.run(work));
            LOG.info("{}: {}", work.operation().label(), outcome.message());
        } catch (OperationFailedException e) {
            outcome = new LongTaskStatus.Outcome(false, e.getMessage());
            LOG.error("{} failed: {}", work.operation().label(), e.getMessage());
        } catch (RuntimeException e) {
            outcome = new LongTaskStatus.Outcome(false, "unexpected: " + e);
            LOG.error("{} failed", work.operation().label(), e);
        }
        synchronized (this) {
            running = null;
            last = new LongTaskStatus(work.operation(), work.begun(), Optional.of(outcome));
        }
        over.countDown();
        ended.run();
    }

    synchronized Optional<LongTaskStatus> status() {
        return Optional.ofNullable(last);
    }

    synchronized Optional<Work> running() {
        return Optional.ofNullable(running).map(Running::work);
    }

    synchronized void acknowledge() {
        if (running == null) {
            last = null;
        }
    }

    /** Ends the running operation early; returns when it is over or the time is. */
    void cancel(Duration timeout) {
        Running current;
        synchronized (this) {
            current = running;
        }
        if (current == null) {
            return;
        }
        current.work.cancel();
        current.thread.interrupt();
        try {
            if (!current.over.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} did not end within {} ms of its cancellation", current.work.operation().label(), timeout.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
