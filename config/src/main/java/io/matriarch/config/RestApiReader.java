package io.matriarch.config;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the sections {@code restapi} and {@code ctl}. */
final class RestApiReader {

    private static final Set<String> SERVER_TOKENS = Set.of("original", "minimal", "productonly");
    private static final String NO_TLS = "the REST API speaks plain HTTP in this version";

    private RestApiReader() {
    }

    static RestApiConfig read(Section section) {
        HostPort listen = section.address("listen", AddressRule.LISTEN).orElseGet(() -> {
            if (!section.has("listen")) {
                section.missing("listen", "HOST:PORT where the REST API listens, for example 0.0.0.0:8008");
            }
            return new HostPort("", 0);
        });
        Optional<HostPort> connect = section.address("connect_address", AddressRule.REACHABLE);
        if (connect.isEmpty() && !section.has("connect_address")) {
            if (listen.isWildcard() && listen.port() > 0) {
                section.missing("connect_address", "HOST:PORT at which the other members reach this REST API");
            } else {
                section.show("connect_address", listen.toString(), Origin.DEFAULT);
            }
        }
        Optional<Credentials> login = authentication(section);
        String tokens = section.text("server_tokens", "original").toLowerCase(Locale.ROOT);
        if (!SERVER_TOKENS.contains(tokens)) {
            section.findings().warn(section.origin("server_tokens"), "restapi.server_tokens: '" + tokens
                + "' is not one of original, minimal, productonly; original is used");
            tokens = "original";
        }
        section.withoutEffect(NO_TLS, "certfile", "keyfile", "keyfile_password", "cafile", "ciphers", "verify_client",
            "https_extra_headers");
        section.withoutEffect("threads and queue are sized by the program", "request_queue_size", "thread_pool_size");
        return new RestApiConfig(listen, connect.orElse(listen), login, section.texts("allowlist"),
            section.flag("allowlist_include_members", false), section.textMap("http_extra_headers"), tokens);
    }

    /** The login of unsafe requests; user name and password directly under {@code restapi} serve too. */
    static Optional<Credentials> authentication(Section restapi) {
        Section nested = restapi.child("authentication", "RESTAPI_");
        return LoginReader.web(nested.block().isPresent() ? nested : restapi);
    }

    static CtlConfig ctl(Section section) {
        Optional<Credentials> login = LoginReader.web(section.child("authentication", "CTL_"));
        section.withoutEffect(NO_TLS, "cacert", "certfile", "keyfile", "keyfile_password");
        return new CtlConfig(login, section.flag("insecure", false));
    }
}
