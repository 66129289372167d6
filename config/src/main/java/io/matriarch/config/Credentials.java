package io.matriarch.config;

import java.util.Map;
import java.util.Optional;

/**
 * A login.
 *
 * @param options the other libpq connection options of the section, for example {@code sslmode}; keys as in the file
 */
public record Credentials(String username, Optional<Secret> password, Map<String, String> options) {

    public Credentials {
        options = Map.copyOf(options);
    }

    @Override
    public String toString() {
        return "Credentials[username=" + username + ", password=" + password + ", options=" + Redaction.value("", options) + "]";
    }
}
