package io.matriarch.tools.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** How soon watchers are told. */
final class Watchers {

    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int WRITERS = 16;
    private static final long SETTLE_MILLIS = 1_000;

    private Watchers() {
    }

    /** Events that were put, events that were told, and the 99th percentile of the time between, in milliseconds. */
    record Result(long put, long told, double p99) {
    }

    /** Each watcher has a key of its own; all keys together change so often in a second. */
    static Result run(Servers servers, int watchers, int perSecond, int seconds) {
        Queue<Long> delays = new ConcurrentLinkedQueue<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<GrpcConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < watchers; i++) {
                if (i < Servers.SIZE) {
                    connections.add(new GrpcConnection(servers.port(i), TIMEOUT_MILLIS));
                }
                connections.get(i % Servers.SIZE).watch(key(i), value -> delays.add(System.nanoTime() - ByteBuffer.wrap(value).getLong()),
                        failure::set);
            }
            sleep(SETTLE_MILLIS);
            long put = write(servers, watchers, perSecond, seconds);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (delays.size() < put && System.nanoTime() - deadline < 0) {
                sleep(10);
            }
            if (failure.get() != null) {
                throw new BenchException("a watch of " + servers.name() + " broke: " + failure.get(), failure.get());
            }
            long[] sorted = delays.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Result(put, sorted.length, Load.percentile(sorted, 99) / 1e6);
        } finally {
            connections.forEach(GrpcConnection::close);
        }
    }

    private static byte[] key(int watcher) {
        return ("watched-" + watcher).getBytes(StandardCharsets.US_ASCII);
    }

    private static long write(Servers servers, int watchers, int perSecond, int seconds) {
        int each = perSecond * seconds / WRITERS;
        long step = TimeUnit.SECONDS.toNanos(WRITERS) / perSecond;
        List<Thread> threads = new ArrayList<>();
        AtomicReference<IOException> failure = new AtomicReference<>();
        for (int w = 0; w < WRITERS; w++) {
            int writer = w;
            Thread thread = new Thread(() -> {
                try (JsonConnection connection = new JsonConnection(servers.port(writer % Servers.SIZE), TIMEOUT_MILLIS)) {
                    long next = System.nanoTime();
                    for (int i = 0; i < each; i++) {
                        LockSupport.parkNanos(next - System.nanoTime());
                        next += step;
                        connection.put(key((i * WRITERS + writer) % watchers), ByteBuffer.allocate(Long.BYTES).putLong(System.nanoTime()).array());
                    }
                } catch (IOException e) {
                    failure.set(e);
                }
            }, "writer");
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", e);
            }
        }
        if (failure.get() != null) {
            throw new BenchException("a put failed: " + failure.get().getMessage(), failure.get());
        }
        return (long) each * WRITERS;
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
