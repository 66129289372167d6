package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests to whichever member of etcd answers. What is harmless when done twice is sent to another member when one does not
 * answer; anything else is repeated only when it certainly never left. Any thread; nothing blocks, no future completes
 * exceptionally.
 */
final class Gateway {

    /** What may be done when no answer came. */
    enum Repeat { FREELY, ONLY_UNSENT }

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration LEAST = Duration.ofMillis(300);
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(200);
    private static final int UNKNOWN = 2;
    private static final int DEADLINE_EXCEEDED = 4;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;

    private final HttpClient http;
    private final Endpoints endpoints;
    private final Login login;
    /** Nobody has answered since; told once, at the beginning and at the end. */
    private final AtomicBoolean silent = new AtomicBoolean();

    Gateway(HttpClient http, Endpoints endpoints, Login login) {
        this.http = http;
        this.endpoints = endpoints;
        this.login = login;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    HttpClient http() {
        return http;
    }

    /** Sends to the member in use, and to others as {@code repeat} allows. */
    CompletableFuture<Reply> call(String path, ObjectNode body, Repeat repeat, Duration timeout) {
        return new Exchange(path, body.toString(), repeat, Optional.empty(), timeout).begin();
    }

    /** Sends to one member and to no other. */
    CompletableFuture<Reply> callAt(URI endpoint, String path, ObjectNode body, Duration timeout) {
        return new Exchange(path, body.toString(), Repeat.FREELY, Optional.of(endpoint), timeout).begin();
    }

    /** A request as all are, with the token of the login when there is one. */
    HttpRequest.Builder request(URI endpoint, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.resolve(path))
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        login.token().ifPresent(token -> request.header("Authorization", token));
        return request;
    }

    /** Gets a token, at the member named, when there is a login and no token yet. */
    CompletableFuture<Optional<Reply>> loggedIn(URI endpoint, Duration timeout) {
        return login.needed() ? login.begin(this, endpoint, timeout) : CompletableFuture.completedFuture(Optional.empty());
    }

    CompletableFuture<Reply> once(URI endpoint, String path, String body, Duration timeout) {
        HttpRequest request = request(endpoint, path, body).timeout(timeout).build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(timeout.toMillis() + 1, TimeUnit.MILLISECONDS)
                .thenApply(response -> read(endpoint, response));
    }

    private static Reply read(URI endpoint, HttpResponse<String> response) {
        try {
            JsonNode body = Json.parse(response.body());
            if (response.statusCode() < 400 && !body.has("error")) {
                return new Reply.Answer(body, endpoint);
            }
            return refusal(body);
        } catch (IOException e) {
            throw new CompletionException(new IOException(endpoint + " answered " + response.statusCode()
                    + " and no JSON object", e));
        }
    }

    /** An error of a call, or one inside the answer of a stream. */
    static Reply.Refused refusal(JsonNode body) {
        JsonNode error = body.path("error").isObject() ? body.path("error") : body;
        int code = error.path("code").asInt(error.path("grpc_code").asInt(UNKNOWN));
        String text = error.path("message").asText(error.path("error").asText("an error without a text"));
        return new Reply.Refused(code, text);
    }

    /** Whether a refusal leaves it open what became of the request. */
    private static boolean saysNothing(Reply.Refused refused) {
        return switch (refused.code()) {
            case UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE -> true;
            default -> false;
        };
    }

    /** One request until it is answered or its time is over. */
    private final class Exchange {

        private final String path;
        private final String body;
        private final Repeat repeat;
        private final Optional<URI> only;
        private final long deadline;
        private final CompletableFuture<Reply> result = new CompletableFuture<>();
        private int attempts;
        private boolean reloggedIn;

        Exchange(String path, String body, Repeat repeat, Optional<URI> only, Duration timeout) {
            this.path = path;
            this.body = body;
            this.repeat = repeat;
            this.only = only;
            this.deadline = System.nanoTime() + timeout.toNanos();
        }

        CompletableFuture<Reply> begin() {
            attempt();
            return result;
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        }

        private void attempt() {
            URI endpoint = only.orElseGet(endpoints::current);
            Duration left = left();
            if (left.toMillis() < 1) {
                giveUp("no answer from etcd in time");
                return;
            }
            attempts++;
            Duration share = left.dividedBy(only.isPresent() ? 1 : endpoints.size());
            boolean patient = repeat == Repeat.ONLY_UNSENT || left.compareTo(LEAST) < 0;
            Duration timeout = patient ? left : share.compareTo(LEAST) < 0 ? LEAST : share;
            loggedIn(endpoint, timeout).thenCompose(failed -> failed.isPresent()
                    ? CompletableFuture.completedFuture(failed.get()) : once(endpoint, path, body, timeout))
                    .whenComplete((reply, failure) -> settle(endpoint, reply, failure));
        }

        private void settle(URI endpoint, Reply reply, Throwable failure) {
            if (failure != null) {
                silent(endpoint, failure instanceof CompletionException ? failure.getCause() : failure);
            } else if (!(reply instanceof Reply.Refused refused)) {
                if (silent.compareAndSet(true, false)) {
                    LOG.info("etcd answers again, at {}", endpoint);
                }
                result.complete(reply);
            } else if (!reloggedIn && login.isRefused(refused)) {
                reloggedIn = true;
                login.forget();
                attempt();
            } else if (saysNothing(refused)) {
                endpoints.failed(endpoint);
                next(repeat == Repeat.FREELY, refused.text());
            } else {
                result.complete(refused);
            }
        }

        private void silent(URI endpoint, Throwable failure) {
            LOG.debug("no answer from {}", endpoint, failure);
            endpoints.failed(endpoint);
            boolean unsent = failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
            String why = failure instanceof TimeoutException ? "no answer"
                    : unsent ? "not reachable" : Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
            next(unsent || repeat == Repeat.FREELY, endpoint + ": " + why);
        }

        private void next(boolean again, String why) {
            if (!again || left().toMillis() < 1) {
                giveUp(why);
            } else if (attempts % endpoints.size() == 0 || only.isPresent()) {
                Duration pause = left().compareTo(BETWEEN_ROUNDS) < 0 ? left() : BETWEEN_ROUNDS;
                Executor later = CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, http.executor().orElseThrow());
                CompletableFuture.runAsync(() -> {
                    if (left().toMillis() < 1) {
                        giveUp(why);
                    } else {
                        attempt();
                    }
                }, later);
            } else {
                attempt();
            }
        }

        private void giveUp(String why) {
            // one member that does not answer is no news, since others may
            if (only.isEmpty() && silent.compareAndSet(false, true)) {
                LOG.warn("etcd does not answer: {}; asked: {}. It is asked again until it does; see to etcd, to the network, or to"
                        + " the addresses in the configuration", why, endpoints.all());
            }
            result.complete(new Reply.Silence(why));
        }
    }
}
