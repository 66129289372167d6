package io.matriarch.simulation;

import java.util.concurrent.Semaphore;

/**
 * A second stack to run on: a thread that never runs at the same time as the event loop. The loop starts or resumes it
 * and goes on only when it has paused or finished, so that a simulation stays one sequence of steps.
 */
final class Fiber {

    private final Semaphore toFiber = new Semaphore(0);
    private final Semaphore toLoop = new Semaphore(0);
    private final Thread thread;
    private Runnable body;
    private Throwable thrown;
    private boolean finished = true;

    Fiber() {
        thread = new Thread(this::work, "simulated-agent");
        thread.setDaemon(true);
        thread.start();
    }

    private void work() {
        while (true) {
            toFiber.acquireUninterruptibly();
            if (body == null) {
                return;
            }
            try {
                body.run();
            } catch (Throwable e) {
                // Whatever it is belongs to the loop's caller; it is thrown again there.
                thrown = e;
            }
            finished = true;
            toLoop.release();
        }
    }

    /** Runs something until it pauses or ends. For the loop, while this fiber is finished. */
    void start(Runnable newBody) {
        body = newBody;
        finished = false;
        handOver();
    }

    /** Goes on where it paused. For the loop. */
    void resume() {
        handOver();
    }

    private void handOver() {
        toFiber.release();
        toLoop.acquireUninterruptibly();
        if (thrown != null) {
            Throwable e = thrown;
            thrown = null;
            throw new IllegalStateException("a simulated agent threw", e);
        }
    }

    /** Lets the loop go on until it resumes this fiber. For what runs on the fiber. */
    void pause() {
        toLoop.release();
        toFiber.acquireUninterruptibly();
    }

    boolean isFinished() {
        return finished;
    }

    /** Ends the thread of a finished fiber. */
    void close() {
        body = null;
        toFiber.release();
    }
}
