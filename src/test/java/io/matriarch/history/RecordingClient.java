package io.matriarch.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.matriarch.history.GatewayClient.NoAnswerException;
import io.matriarch.history.Operation.Change;
import io.matriarch.history.Operation.Condition;
import io.matriarch.history.Operation.KeyState;
import io.matriarch.history.Operation.Outcome;
import io.matriarch.history.Operation.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Sends one random request after the other to one member and writes down what comes of it. A thread of its own. */
final class RecordingClient implements Runnable {

    private static final int KEYS = 20;
    private static final long AFTER_FAILURE_MILLIS = 20;

    private final GatewayClient gateway;
    private final int member;
    private final String name;
    private final Random random;
    private final AtomicLong done;
    private final List<Operation> operations = new ArrayList<>();
    private final List<String> known = new ArrayList<>();
    private volatile boolean stopped;
    private int values;

    /** @param done counts what was answered, by all clients */
    RecordingClient(GatewayClient gateway, int member, String name, long seed, AtomicLong done) {
        this.gateway = gateway;
        this.member = member;
        this.name = name;
        this.random = new Random(seed);
        this.done = done;
        for (int i = 0; i < KEYS; i++) {
            known.add("");
        }
    }

    void stop() {
        stopped = true;
    }

    /** To be read after its thread has ended. */
    List<Operation> operations() {
        return operations;
    }

    /** What is to be sent, and how its answer is read. */
    private record Request(String path, String body, boolean serializable, Optional<Condition> condition, List<Change> changes,
                           Reader reader) {
    }

    private record Answer(boolean succeeded, List<Seen> before, List<Seen> after) {
    }

    private interface Reader {
        Answer read(JsonNode answer);
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                perform(next());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void perform(Request r) throws InterruptedException {
        long invoked = System.nanoTime();
        try {
            JsonNode answer = gateway.call(r.path(), r.body());
            long returned = System.nanoTime();
            Answer read = r.reader().read(answer);
            read.after().forEach(seen -> learn(seen.key(), seen.state().map(KeyState::value).orElse("")));
            if (read.succeeded()) {
                r.changes().forEach(change -> learn(change.key(), change.value().orElse("")));
            }
            operations.add(new Operation(member, invoked, returned, Outcome.DONE, r.serializable(), r.condition(), read.succeeded(),
                    r.changes(), answer.path("header").path("revision").asLong(), read.before(), read.after()));
            done.incrementAndGet();
        } catch (NoAnswerException e) {
            if (!r.changes().isEmpty()) {
                operations.add(new Operation(member, invoked, Long.MAX_VALUE, e.isRefused() ? Outcome.REFUSED : Outcome.UNKNOWN,
                        r.serializable(), r.condition(), true, r.changes(), 0, List.of(), List.of()));
            }
            TimeUnit.MILLISECONDS.sleep(AFTER_FAILURE_MILLIS);
        }
    }

    private void learn(String key, String value) {
        known.set(Integer.parseInt(key.substring(1)), value);
    }

    private Request next() {
        int which = random.nextInt(100);
        String key = key(random.nextInt(KEYS));
        if (which < 25) {
            return put(key);
        } else if (which < 55) {
            return read(key, false);
        } else if (which < 65) {
            return read(key, true);
        } else if (which < 85) {
            return swap(key);
        } else if (which < 92) {
            return delete(key);
        }
        return transaction();
    }

    private static String key(int number) {
        return String.format("k%02d", number);
    }

    private String value() {
        return name + "-" + ++values;
    }

    private static String keyField(String key) {
        return "\"key\":\"" + GatewayClient.encode(key) + "\"";
    }

    private static String putBody(String key, String value, boolean previous) {
        return "{" + keyField(key) + ",\"value\":\"" + GatewayClient.encode(value) + "\"" + (previous ? ",\"prev_kv\":true" : "") + "}";
    }

    private Request put(String key) {
        String value = value();
        return new Request("/v3/kv/put", putBody(key, value, true), false, Optional.empty(), List.of(new Change(key, Optional.of(value))),
                answer -> new Answer(true, List.of(new Seen(key, state(answer.path("prev_kv")))), List.of()));
    }

    private Request read(String key, boolean serializable) {
        return new Request("/v3/kv/range", "{" + keyField(key) + (serializable ? ",\"serializable\":true}" : "}"), serializable,
                Optional.empty(), List.of(), answer -> new Answer(true, List.of(), List.of(seen(key, answer))));
    }

    private Request delete(String key) {
        return new Request("/v3/kv/deleterange", "{" + keyField(key) + ",\"prev_kv\":true}", false,
                Optional.of(new Condition(key, Optional.empty())), List.of(new Change(key, Optional.empty())), answer -> {
                    boolean deleted = answer.path("deleted").asLong() == 1;
                    return new Answer(deleted, deleted ? List.of(new Seen(key, state(answer.path("prev_kvs").path(0)))) : List.of(),
                            List.of());
                });
    }

    /** Compare and set, with a guess that is often right. */
    private Request swap(String key) {
        String expected = known.get(Integer.parseInt(key.substring(1)));
        String value = value();
        String body = "{\"compare\":[{" + keyField(key) + ",\"target\":\"VALUE\",\"result\":\"EQUAL\",\"value\":\""
                + GatewayClient.encode(expected) + "\"}],\"success\":[{\"request_put\":" + putBody(key, value, false)
                + "}],\"failure\":[{\"request_range\":{" + keyField(key) + "}}]}";
        return new Request("/v3/kv/txn", body, false, Optional.of(new Condition(key, Optional.of(expected))),
                List.of(new Change(key, Optional.of(value))), answer -> {
                    boolean succeeded = answer.path("succeeded").asBoolean();
                    return new Answer(succeeded, List.of(), succeeded ? List.of()
                            : List.of(seen(key, answer.path("responses").path(0).path("response_range"))));
                });
    }

    /** Two keys at once, and a look at one of them in the midst of it. */
    private Request transaction() {
        int first = random.nextInt(KEYS);
        String a = key(first);
        String b = key((first + 1 + random.nextInt(KEYS - 1)) % KEYS);
        String value = value();
        String other = value();
        String body = "{\"success\":[{\"request_put\":" + putBody(a, value, false) + "},{\"request_put\":" + putBody(b, other, false)
                + "},{\"request_range\":{" + keyField(b) + "}}]}";
        return new Request("/v3/kv/txn", body, false, Optional.empty(), List.of(new Change(a, Optional.of(value)),
                new Change(b, Optional.of(other))), answer -> new Answer(true, List.of(),
                List.of(seen(b, answer.path("responses").path(2).path("response_range")))));
    }

    private static Seen seen(String key, JsonNode range) {
        return new Seen(key, state(range.path("kvs").path(0)));
    }

    private static Optional<KeyState> state(JsonNode kv) {
        return kv.path("key").isMissingNode() ? Optional.empty() : Optional.of(new KeyState(GatewayClient.decode(kv.path("value")),
                kv.path("create_revision").asLong(), kv.path("mod_revision").asLong(), kv.path("version").asLong()));
    }
}
