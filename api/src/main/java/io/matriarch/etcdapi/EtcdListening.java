package io.matriarch.etcdapi;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.tls.TlsIdentity;
import java.util.List;
import java.util.Optional;

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

    /** In plain text. */
    public EtcdListening(HostPort address, List<String> clientUrls) {
        this(address, clientUrls, Optional.empty(), ClientCheck.NONE);
    }
}
