package io.matriarch.raft;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one store: a timer, some that hand proposals to Ratis (which blocks its caller for a part of the
 * append), some that complete futures and read replies, some for watchers. They end when idle, and when closed.
 */
final class Threads implements AutoCloseable {

    private static final int QUEUE = 4096;

    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService submit;
    private final ExecutorService replies;
    private final ExecutorService watches;

    Threads() {
        timer = new ScheduledThreadPoolExecutor(1, named("raft-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        submit = pool("raft-submit", 4);
        replies = pool("raft-reply", 3);
        watches = pool("raft-watch", 2);
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    ExecutorService submit() {
        return submit;
    }

    ExecutorService replies() {
        return replies;
    }

    ExecutorService watches() {
        return watches;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        submit.shutdownNow();
        watches.shutdown();
        replies.shutdown();
    }

    private static ExecutorService pool(String name, int size) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(size, size, 20, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE), named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
