package io.matriarch.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads user names with their passwords. */
final class LoginReader {

    private static final List<String> LIBPQ_OPTIONS = List.of("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert",
        "sslcrl", "sslcrldir", "gssencmode", "channel_binding", "sslnegotiation");

    private LoginReader() {
    }

    /** A user of the REST API: name and password, or neither. */
    static Optional<Credentials> web(Section section) {
        Optional<String> username = section.text("username");
        Optional<Secret> password = section.secret("password");
        if (username.isPresent() != password.isPresent()) {
            section.missing(username.isPresent() ? "password" : "username", "username and password together, or neither");
        }
        return username.map(name -> new Credentials(name, password, Map.of()));
    }

    /** A user of PostgreSQL; empty when the section has no user name. */
    static Optional<Credentials> database(Section section) {
        Optional<String> username = section.text("username");
        Optional<Secret> password = section.secret("password");
        Map<String, String> options = new LinkedHashMap<>();
        LIBPQ_OPTIONS.forEach(key -> section.text(key).ifPresent(value -> options.put(key, value)));
        return username.map(name -> new Credentials(name, password, options));
    }
}
