package io.matriarch.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;

/** A client of one member's JSON gateway. Any thread. */
final class GatewayClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Codes of gRPC that say that nothing was done: wrong argument, not found, there already, wrong state, out of range. */
    private static final Set<Integer> REFUSALS = Set.of(3, 5, 6, 9, 11);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
    private final String url;

    GatewayClient(String url) {
        this.url = url;
    }

    /** No answer that tells. */
    static final class NoAnswerException extends Exception {
        private static final long serialVersionUID = 1;
        private final boolean refused;

        NoAnswerException(String message, boolean refused) {
            super(message);
            this.refused = refused;
        }

        /** Whether nothing was done for certain. */
        boolean isRefused() {
            return refused;
        }
    }

    JsonNode call(String path, String body) throws NoAnswerException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE)
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() != 200) {
                throw new NoAnswerException(answer.toString(), REFUSALS.contains(answer.path("code").asInt()));
            }
            return answer;
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new NoAnswerException("not connected: " + e.getMessage(), true);
        } catch (IOException e) {
            throw new NoAnswerException(e.toString(), false);
        }
    }

    /** Opens a stream of lines, each a message. */
    InputStream stream(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body();
    }

    static JsonNode parse(String line) throws IOException {
        return JSON.readTree(line);
    }

    static String encode(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static String decode(JsonNode field) {
        return new String(Base64.getDecoder().decode(field.asText("")), StandardCharsets.ISO_8859_1);
    }
}
