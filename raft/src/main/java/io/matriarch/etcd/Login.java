package io.matriarch.etcd;

import io.matriarch.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Who this agent is to etcd. The token is got when it is first needed, and again when etcd no longer takes it. Where etcd
 * has no authentication turned on, none is needed. Any thread.
 */
final class Login {

    private static final Set<String> TOKEN_REFUSED = Set.of("etcdserver: invalid auth token", "etcdserver: user name is empty",
            "etcdserver: revision of auth store is old", "etcdserver: permission denied");
    private static final String NOT_ENABLED = "etcdserver: authentication is not enabled";

    private final Optional<String> username;
    private final Optional<Secret> password;
    private volatile Optional<String> token = Optional.empty();
    private volatile boolean needed;

    Login(Optional<String> username, Optional<Secret> password) {
        this.username = username;
        this.password = password;
        this.needed = username.isPresent();
    }

    boolean needed() {
        return needed;
    }

    Optional<String> token() {
        return token;
    }

    /** Whether a new token may help. */
    boolean isRefused(Reply.Refused refused) {
        return username.isPresent() && TOKEN_REFUSED.contains(refused.text());
    }

    void forget() {
        token = Optional.empty();
        needed = username.isPresent();
    }

    /** @return what went wrong, empty when there is a token now or none is needed; completes exceptionally without an answer */
    CompletableFuture<Optional<Reply>> begin(Gateway gateway, URI endpoint, Duration timeout) {
        String body = Json.object().put("name", username.orElse("")).put("password", password.map(Secret::reveal).orElse("")).toString();
        return gateway.once(endpoint, "/v3/auth/authenticate", body, timeout).thenApply(reply -> {
            if (reply instanceof Reply.Answer answer) {
                token = Optional.of(answer.body().path("token").asText(""));
                needed = false;
                return Optional.empty();
            }
            if (reply instanceof Reply.Refused refused && refused.text().equals(NOT_ENABLED)) {
                needed = false;
                return Optional.empty();
            }
            return Optional.of(reply);
        });
    }
}
