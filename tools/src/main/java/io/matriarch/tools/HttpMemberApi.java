package io.matriarch.tools;

import io.matriarch.config.CtlConfig;
import io.matriarch.tls.AnyTrust;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** The REST API over HTTP, with the login of the section {@code ctl}. One thread. */
final class HttpMemberApi implements MemberApi {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** A switchover is answered when it has ended, after 20 s or twice {@code loop_wait}. */
    private static final Duration ANSWER = Duration.ofMinutes(5);

    private final CtlConfig config;
    private final boolean insecure;

    /** @param insecure server certificates are not verified */
    HttpMemberApi(CtlConfig config, boolean insecure) {
        this.config = config;
        this.insecure = insecure || config.insecure();
    }

    @Override
    public Reply send(String method, String apiUrl, String path, Map<String, Object> body) throws IOException {
        try {
            URI uri = URI.create(apiUrl).resolve("/" + path);
            HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER)
                    .method(method, HttpRequest.BodyPublishers.ofString(PythonJson.write(body)));
            config.authentication().ifPresent(login -> request.header("Authorization", "Basic "
                    + Base64.getEncoder().encodeToString((login.username() + ":"
                    + login.password().map(p -> p.reveal()).orElse("")).getBytes(StandardCharsets.UTF_8))));
            HttpResponse<String> response = client(uri).send(request.build(),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Reply(response.statusCode(), response.body());
        } catch (IllegalArgumentException e) {
            throw new IOException("not a URL: " + apiUrl, e);
        } catch (TlsException e) {
            throw new IOException("no TLS: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private HttpClient client(URI uri) throws TlsException {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT);
        if ("https".equals(uri.getScheme())) {
            TlsIdentity identity = TlsIdentity.open("ctl", config.tls().own(), config.tls().authority());
            builder.sslContext(insecure ? identity.context(new AnyTrust()) : identity.context());
        }
        return builder.build();
    }
}
