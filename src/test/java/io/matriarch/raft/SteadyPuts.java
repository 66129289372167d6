package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Writes rising numbers to one key, one after the other, while a test does something else. */
final class SteadyPuts implements AutoCloseable {

    private static final String KEY = "steady";

    private final ReplicatedStore store;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile long acknowledged;
    private volatile long attempted;

    SteadyPuts(ReplicatedStore store) {
        this.store = store;
        this.thread = new Thread(this::run, "steady-puts");
        thread.start();
    }

    private void run() {
        while (!stopped) {
            long next = attempted + 1;
            attempted = next;
            ReplicatedStore.Outcome outcome = store.propose(new Command.Put(Bytes.of(KEY), Bytes.of(Long.toString(next)), 0,
                    false), Duration.ofSeconds(5)).join();
            if (outcome instanceof ReplicatedStore.Outcome.Done) {
                acknowledged = next;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Stops writing, and looks at what is there. */
    void requireNoneLost() throws InterruptedException {
        close();
        assertTrue(acknowledged > 10, "wrote " + acknowledged);
        long found = TestPeers.get(store, KEY, Consistency.LINEARIZABLE).map(Long::parseLong).orElse(0L);
        assertTrue(found >= acknowledged && found <= attempted, found + " is there, " + acknowledged + " acknowledged");
        assertEquals(Optional.empty(), Optional.of(thread).filter(Thread::isAlive));
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        thread.join(TimeUnit.SECONDS.toMillis(10));
    }
}
