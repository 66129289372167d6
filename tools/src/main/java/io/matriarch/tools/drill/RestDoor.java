package io.matriarch.tools.drill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** The REST API of one agent. Any thread. */
public final class RestDoor {

    private static final Duration QUICK = Duration.ofSeconds(2);
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private final HttpClient client;
    private final String url;
    private final String authorization;

    RestDoor(HttpClient client, AgentSite site, String password) {
        this.client = client;
        this.url = site.restUrl();
        this.authorization = "Basic " + Base64.getEncoder()
                .encodeToString((AgentYaml.REST_USER + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** An answer. */
    public record Reply(int status, String text) {
    }

    /** Empty when nobody answers. */
    public Optional<Reply> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url + path)).timeout(QUICK).GET());
    }

    /** Empty when nobody answers. */
    public Optional<Reply> post(String path, Map<String, String> body) {
        return send("POST", path, body);
    }

    /** Changes the configuration of the cluster. Empty when nobody answers. */
    public Optional<Reply> patchConfig(Map<String, Object> changes) {
        return send("PATCH", "/config", changes);
    }

    private Optional<Reply> send(String method, String path, Map<String, ?> body) {
        try {
            return send(HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENT)
                    .header("Authorization", authorization)
                    .method(method, HttpRequest.BodyPublishers.ofString(new ObjectMapper().writeValueAsString(body))));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A JSON object; empty when nobody answers or it is none. */
    public Optional<Map<String, Object>> object(String path) {
        return get(path).flatMap(reply -> {
            try {
                return Optional.of(new ObjectMapper().readValue(reply.text(), new TypeReference<Map<String, Object>>() { }));
            } catch (JsonProcessingException e) {
                // An agent that is about to stop may cut its answer short.
                return Optional.empty();
            }
        });
    }

    private Optional<Reply> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = client.send(request.build(),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return Optional.of(new Reply(response.statusCode(), response.body()));
        } catch (IOException e) {
            // Down or cut off: no answer.
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrillException("interrupted", e);
        }
    }
}
