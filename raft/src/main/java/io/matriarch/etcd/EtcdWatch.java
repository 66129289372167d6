package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.matriarch.dcs.ReplicatedStore.Watch;
import io.matriarch.dcs.ReplicatedStore.WatchListener;
import io.matriarch.store.Bytes;
import io.matriarch.store.Event;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch as a stream of lines. It goes on after the last revision seen when the stream ends, when etcd changes its leader,
 * or when another member is in use than the one it comes from.
 */
final class EtcdWatch implements Watch {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration LOGIN = Duration.ofSeconds(2);

    private final Gateway gateway;
    private final Bytes key;
    private final Bytes rangeEnd;
    private final WatchListener listener;
    private final Consumer<EtcdWatch> onClose;
    private final AutoCloseable switching;
    private long next;
    private boolean closed;
    private Lines lines;

    EtcdWatch(Gateway gateway, Bytes key, Bytes rangeEnd, long startRevision, WatchListener listener, Consumer<EtcdWatch> onClose) {
        this.gateway = gateway;
        this.key = key;
        this.rangeEnd = rangeEnd;
        this.next = startRevision;
        this.listener = listener;
        this.onClose = onClose;
        this.switching = gateway.endpoints().onSwitch(this::again);
    }

    /** Leaves the stream there is, if any, and opens a new one. */
    void begin() {
        Lines opened;
        Lines old;
        long from;
        synchronized (this) {
            if (closed) {
                return;
            }
            old = lines;
            opened = new Lines();
            lines = opened;
            from = next;
        }
        if (old != null) {
            old.end();
        }
        URI endpoint = gateway.endpoints().current();
        gateway.loggedIn(endpoint, LOGIN).thenCompose(failed -> {
            if (failed.isPresent()) {
                return CompletableFuture.failedFuture(new IOException("no login: " + failed.get()));
            }
            HttpRequest request = gateway.request(endpoint, "/v3/watch", request(from)).header("Grpc-Metadata-hasleader", "true").build();
            return gateway.http().sendAsync(request, HttpResponse.BodyHandlers.fromLineSubscriber(opened));
        }).whenComplete((response, failure) -> {
            if (failure != null) {
                LOG.debug("no watch from {}", endpoint, failure);
            }
            later(opened);
        });
    }

    private String request(long from) {
        ObjectNode create = Json.object();
        create.put("key", Json.text(key));
        if (rangeEnd.size() > 0) {
            create.put("range_end", Json.text(rangeEnd));
        }
        if (from > 0) {
            create.put("start_revision", String.valueOf(from));
        }
        ObjectNode body = Json.object();
        body.set("create_request", create);
        return body.toString();
    }

    private void again() {
        Lines running;
        synchronized (this) {
            running = lines;
        }
        if (running != null) {
            later(running);
        }
    }

    /** Opens a new stream after a moment, unless one was opened since. */
    private void later(Lines ended) {
        synchronized (this) {
            if (closed || lines != ended || ended.leaving) {
                return;
            }
            ended.leaving = true;
        }
        CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS, gateway.http().executor().orElseThrow())
                .execute(this::begin);
    }

    /** A line that came in; calls the listener one at a time, since the lines of a stream come one at a time. */
    private void read(Lines from, String line) throws IOException {
        JsonNode body = Json.parse(line);
        JsonNode result = body.path("result");
        if (body.has("error") || result.path("canceled").asBoolean(false)) {
            long compacted = Json.number(result, "compact_revision");
            LOG.debug("watch ended: {}", line);
            if (compacted > 0) {
                close();
                listener.compacted(compacted);
            } else {
                later(from);
            }
            return;
        }
        List<Event> events = new ArrayList<>();
        result.path("events").forEach(event -> events.add(Json.event(event)));
        List<List<Event>> byRevision = new ArrayList<>();
        synchronized (this) {
            if (closed || lines != from) {
                return;
            }
            for (Event event : events) {
                long revision = event.kv().modRevision();
                if (revision < next) {
                    continue;
                }
                if (byRevision.isEmpty() || byRevision.get(byRevision.size() - 1).get(0).kv().modRevision() != revision) {
                    byRevision.add(new ArrayList<>());
                }
                byRevision.get(byRevision.size() - 1).add(event);
            }
            if (!events.isEmpty()) {
                next = Math.max(next, events.get(events.size() - 1).kv().modRevision() + 1);
            } else if (next == 0 && result.path("created").asBoolean(false)) {
                next = Json.revision(result) + 1;
            }
        }
        byRevision.forEach(group -> listener.changed(group.get(0).kv().modRevision(), group));
    }

    @Override
    public void close() {
        Lines running;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            running = lines;
            lines = null;
        }
        try {
            switching.close();
        } catch (Exception e) {
            LOG.debug("while closing a watch", e);
        }
        onClose.accept(this);
        if (running != null) {
            running.end();
        }
    }

    /** The lines of one stream. */
    private final class Lines implements Flow.Subscriber<String> {

        private Flow.Subscription subscription;
        private boolean ended;
        private boolean leaving;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            boolean late;
            synchronized (this) {
                subscription = given;
                late = ended;
            }
            if (late) {
                given.cancel();
            } else {
                given.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(String line) {
            try {
                if (!line.isBlank()) {
                    read(this, line);
                }
            } catch (IOException | IllegalArgumentException e) {
                LOG.debug("a watch answered something else", e);
                later(this);
            }
        }

        @Override
        public void onError(Throwable failure) {
            LOG.debug("a watch broke", failure);
            later(this);
        }

        @Override
        public void onComplete() {
            later(this);
        }

        void end() {
            Flow.Subscription running;
            synchronized (this) {
                ended = true;
                running = subscription;
            }
            if (running != null) {
                running.cancel();
            }
        }
    }
}
