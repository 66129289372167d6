package io.matriarch.rest;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.ServerTls;
import io.matriarch.tls.Refusals;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** How the connections of the REST API begin: with TLS where the configuration has a certificate, and then HTTP. */
final class SecureConnections implements AutoCloseable {

    /** The attribute of a request that holds what the client has shown. */
    static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    private final Optional<TlsIdentity> identity;
    private final ClientCheck clients;

    private SecureConnections(Optional<TlsIdentity> identity, ClientCheck clients) {
        this.identity = identity;
        this.clients = clients;
    }

    /** @throws IOException when the files cannot be used */
    static SecureConnections of(Optional<ServerTls> config) throws IOException {
        if (config.isEmpty()) {
            return new SecureConnections(Optional.empty(), ClientCheck.NONE);
        }
        try {
            ServerTls tls = config.get();
            return new SecureConnections(Optional.of(TlsIdentity.open("restapi", Optional.of(tls.own()), tls.authority()).watched()),
                    tls.clients());
        } catch (TlsException e) {
            throw new IOException("restapi: " + e.getMessage(), e);
        }
    }

    ConnectionFactory[] factories(HttpConfiguration http) {
        HttpConnectionFactory plain = new HttpConnectionFactory(http);
        if (identity.isEmpty()) {
            return new ConnectionFactory[] {plain};
        }
        // a health check may use any name for this host
        http.addCustomizer(new SecureRequestCustomizer(false));
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(identity.get().context());
        tls.setNeedClientAuth(clients == ClientCheck.REQUIRED);
        tls.setWantClientAuth(clients == ClientCheck.OPTIONAL);
        return new ConnectionFactory[] {new SslConnectionFactory(tls, plain.getProtocol()), plain};
    }

    /** Tells the log of connections that come to nothing. */
    SslHandshakeListener listener() {
        Refusals refusals = new Refusals("restapi");
        return new SslHandshakeListener() {
            @Override
            public void handshakeFailed(Event event, Throwable failure) {
                String from = event.getEndPoint() == null ? "somebody" : String.valueOf(event.getEndPoint().getRemoteSocketAddress());
                // a client that goes away in the middle, as probes of ports do, is nothing to speak of
                if (!(failure instanceof java.nio.channels.ClosedChannelException) && !(failure instanceof java.io.EOFException)) {
                    refusals.tell(from, failure);
                }
            }
        };
    }

    @Override
    public void close() {
        identity.ifPresent(TlsIdentity::close);
    }
}
