package io.matriarch.tools.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How long no put is acknowledged when the Raft leader is killed. */
final class LeaderKill {

    private static final int TIMEOUT_MILLIS = 300;
    private static final long CALM_MILLIS = 1_500;
    private static final long PATIENCE_MILLIS = 30_000;

    private LeaderKill() {
    }

    /** Kills it once and starts it again. @return milliseconds between the last put before and the first after */
    static long once(Servers servers) {
        int leader = servers.leader();
        int[] others = java.util.stream.IntStream.range(0, Servers.SIZE).filter(i -> i != leader).toArray();
        try (Writer writer = new Writer(servers, others)) {
            writer.start();
            sleep(CALM_MILLIS);
            long killed = System.nanoTime();
            servers.kill(leader);
            long deadline = killed + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
            // the first that was sent after the kill and acknowledged ends the gap
            while (writer.lastSent.get() - killed < 0) {
                if (System.nanoTime() - deadline > 0) {
                    throw new BenchException(servers.name() + " takes no puts after the loss of its Raft leader");
                }
                sleep(1);
            }
            long gap = writer.longest.get();
            servers.start(leader);
            servers.awaitAll();
            return TimeUnit.NANOSECONDS.toMillis(gap);
        }
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Puts one value after the other, through the other member whenever one does not answer. */
    private static final class Writer extends Thread implements AutoCloseable {
        private final AtomicLong lastSent = new AtomicLong(Long.MIN_VALUE / 2);
        private final AtomicLong longest = new AtomicLong();
        private final Servers servers;
        private final int[] members;
        private volatile boolean stopped;
        private int turn;

        Writer(Servers servers, int[] members) {
            super("writer");
            this.servers = servers;
            this.members = members;
        }

        @Override
        public void run() {
            long last = System.nanoTime();
            while (!stopped) {
                try (JsonConnection connection = new JsonConnection(servers.port(members[turn++ % members.length]), TIMEOUT_MILLIS)) {
                    while (!stopped) {
                        long sent = System.nanoTime();
                        connection.put("gap".getBytes(StandardCharsets.US_ASCII), Load.value());
                        long now = System.nanoTime();
                        longest.accumulateAndGet(now - last, Math::max);
                        last = now;
                        lastSent.set(sent);
                    }
                } catch (IOException e) {
                    Thread.onSpinWait(); // no leader at the moment: through another member
                }
            }
        }

        @Override
        public void close() {
            stopped = true;
            try {
                join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", e);
            }
        }
    }
}
