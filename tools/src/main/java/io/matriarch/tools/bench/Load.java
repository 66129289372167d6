package io.matriarch.tools.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Clients that each send one request after the other, spread over all members. */
final class Load {

    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int VALUE_BYTES = 100;

    /** How clients speak to the store. */
    enum Api { JSON, GRPC }

    /** What they ask for. */
    enum Kind { PUT, READ }

    /** @param keys how many there are; each request takes one by chance */
    record Shape(Api api, Kind kind, int clients, int keys) {
    }

    /** Requests in a second; latencies in microseconds. */
    record Result(double perSecond, double p50, double p99) {
    }

    private Load() {
    }

    static StoreConnection connect(Api api, int port, int timeoutMillis) throws IOException {
        return api == Api.JSON ? new JsonConnection(port, timeoutMillis) : new GrpcConnection(port, timeoutMillis);
    }

    /** Runs for a time, or until so many requests were answered. */
    static Result run(Servers servers, Shape shape, long millis, long most) {
        List<Client> clients = new ArrayList<>();
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long began = System.nanoTime();
        for (int i = 0; i < shape.clients(); i++) {
            clients.add(new Client(servers.port(i % Servers.SIZE), shape, until, most / shape.clients()));
        }
        clients.forEach(Thread::start);
        for (Client client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", e);
            }
            if (client.failure != null) {
                throw new BenchException(servers.name() + " refused a request under load: " + client.failure.getMessage(), client.failure);
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long[] all = clients.stream().flatMapToLong(client -> Arrays.stream(client.micros, 0, client.count)).sorted().toArray();
        return new Result(all.length / seconds, percentile(all, 50), percentile(all, 99));
    }

    static double percentile(long[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    static byte[] value() {
        byte[] value = new byte[VALUE_BYTES];
        ThreadLocalRandom.current().nextBytes(value);
        return value;
    }

    private static final class Client extends Thread {
        private final int port;
        private final Shape shape;
        private final long until;
        private final long most;
        private long[] micros = new long[1 << 12];
        private int count;
        private IOException failure;

        Client(int port, Shape shape, long until, long most) {
            super("load");
            this.port = port;
            this.shape = shape;
            this.until = until;
            this.most = most;
        }

        @Override
        public void run() {
            try (StoreConnection connection = connect(shape.api(), port, TIMEOUT_MILLIS)) {
                while (System.nanoTime() - until < 0 && count < most) {
                    byte[] key = ("key-" + ThreadLocalRandom.current().nextInt(shape.keys())).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
                    long sent = System.nanoTime();
                    if (shape.kind() == Kind.PUT) {
                        connection.put(key, value());
                    } else {
                        connection.read(key);
                    }
                    note((System.nanoTime() - sent) / 1_000);
                }
            } catch (IOException e) {
                failure = e;
            }
        }

        private void note(long time) {
            if (count == micros.length) {
                micros = Arrays.copyOf(micros, 2 * count);
            }
            micros[count++] = time;
        }
    }
}
