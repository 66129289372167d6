package io.matriarch.history;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Watches all keys at one member, connects again when it is cut off, and writes down what it is told. A thread of its own. */
final class RecordingWatcher implements Runnable {

    private static final long AGAIN_MILLIS = 100;

    private final GatewayClient client;
    private final WatchLog log;
    private volatile long next;
    private volatile boolean stopped;

    RecordingWatcher(GatewayClient client, int member, long from) {
        this.client = client;
        this.log = new WatchLog(member, from);
        this.next = from;
    }

    /** The next revision to come. */
    long next() {
        return next;
    }

    /** To be read after its thread has ended. */
    WatchLog log() {
        return log;
    }

    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            String request = "{\"create_request\":{\"key\":\"AA==\",\"range_end\":\"AA==\",\"start_revision\":\"" + next + "\"}}";
            try (InputStream stream = client.stream("/v3/watch", request);
                 BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                while (line != null && !stopped && take(GatewayClient.parse(line).path("result"))) {
                    line = lines.readLine();
                }
                TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
            } catch (IOException e) {
                pause(); // the member is not there: it is asked again
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopped = true;
        }
    }

    /** @return whether the stream goes on */
    private boolean take(JsonNode result) {
        long compacted = result.path("compact_revision").asLong();
        if (compacted > 0) {
            log.compacted(compacted);
            next = compacted;
            return false;
        }
        List<WatchLog.Event> events = new ArrayList<>();
        result.path("events").forEach(event -> events.add(event(event)));
        if (!events.isEmpty()) {
            log.received(new WatchLog.Message(System.nanoTime(), events));
            next = events.get(events.size() - 1).revision() + 1;
        }
        return !result.path("canceled").asBoolean();
    }

    private static WatchLog.Event event(JsonNode event) {
        JsonNode kv = event.path("kv");
        String key = GatewayClient.decode(kv.path("key"));
        boolean deleted = event.path("type").asText().equals("DELETE");
        return new WatchLog.Event(key, new Operation.Change(key, deleted ? Optional.empty()
                : Optional.of(GatewayClient.decode(kv.path("value")))), kv.path("mod_revision").asLong(),
                kv.path("create_revision").asLong(), kv.path("version").asLong(), kv.path("lease").asLong());
    }
}
