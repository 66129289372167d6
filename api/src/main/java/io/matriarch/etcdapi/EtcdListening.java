package io.matriarch.etcdapi;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.tls.TlsIdentity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where and how the adapter listens.
 *
 * @param address    port 0 for any free one
 * @param clientUrls where clients reach this member
 * @param tls        absent: plain text
 * @param clients    whether clients are asked for certificates; means nothing without {@code tls}
 */
public record EtcdListening(HostPort address, List<String> clientUrls, Optional<TlsIdentity> tls, ClientCheck clients) {

    public EtcdListening {
        clientUrls = List.copyOf(clientUrls);
    }

    /** When the certificate ends that is shown here, by the name of the port. */
    Supplier<Map<String, Instant>> certificates() {
        return () -> tls.flatMap(identity -> identity.end().map(end -> Map.of(identity.name(), end))).orElse(Map.of());
    }

    /** In plain text. */
    public EtcdListening(HostPort address, List<String> clientUrls) {
        this(address, clientUrls, Optional.empty(), ClientCheck.NONE);
    }
}
