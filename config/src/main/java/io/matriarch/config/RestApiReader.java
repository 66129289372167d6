package io.matriarch.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the sections {@code restapi} and {@code ctl}. */
final class RestApiReader {

    private static final Set<String> SERVER_TOKENS = Set.of("original", "minimal", "productonly");

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
        Optional<ServerTls> tls = TlsReader.server(section);
        Map<String, String> headers = new LinkedHashMap<>(section.textMap("http_extra_headers"));
        Map<String, String> secureHeaders = section.textMap("https_extra_headers");
        if (tls.isPresent()) {
            headers.putAll(secureHeaders);
        }
        section.withoutEffect("the ciphers are those that Java holds for safe", "ciphers");
        section.withoutEffect("threads and queue are sized by the program", "request_queue_size", "thread_pool_size");
        return new RestApiConfig(listen, connect.orElse(listen), login, section.texts("allowlist"),
            section.flag("allowlist_include_members", false), headers, tokens, tls);
    }

    /** The login of unsafe requests; user name and password directly under {@code restapi} serve too. */
    static Optional<Credentials> authentication(Section restapi) {
        Section nested = restapi.child("authentication", "RESTAPI_");
        return LoginReader.web(nested.block().isPresent() ? nested : restapi);
    }

    /** @param restapi of the same file, whose certificate and authority serve where {@code ctl} has none */
    static CtlConfig ctl(Section section, Section restapi) {
        Optional<Credentials> login = LoginReader.web(section.child("authentication", "CTL_"));
        ClientTls own = TlsReader.client(section, "cacert");
        ClientTls server = TlsReader.client(restapi.quietly(), "cafile");
        Optional<Path> authority = own.authority().or(server::authority);
        return new CtlConfig(login, section.flag("insecure", false), new ClientTls(own.own().or(server::own), authority),
            own.own().isPresent() || own.authority().isPresent());
    }
}
