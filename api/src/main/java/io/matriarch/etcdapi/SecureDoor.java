package io.matriarch.etcdapi;

import io.matriarch.config.ClientCheck;
import io.matriarch.tls.Refusals;
import io.matriarch.tls.TlsIdentity;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;

/** Puts TLS before everything else on new connections. */
final class SecureDoor {

    private static final long HANDSHAKE_SECONDS = 10;
    private static final String[] PROTOCOLS = {"h2", "http/1.1"};
    private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    private final SSLContext context;
    private final ClientCheck clients;
    private final Refusals refusals;

    SecureDoor(TlsIdentity identity, ClientCheck clients) {
        this.context = identity.context();
        this.clients = clients;
        this.refusals = new Refusals(identity.name());
    }

    void open(Channel channel) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(VERSIONS);
        parameters.setApplicationProtocols(PROTOCOLS);
        parameters.setNeedClientAuth(clients == ClientCheck.REQUIRED);
        if (clients == ClientCheck.OPTIONAL) {
            parameters.setWantClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        SslHandler tls = new SslHandler(engine);
        tls.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        tls.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                Certified.note(channel, engine);
            } else if (done.cause() instanceof SSLException && !(done.cause().getCause() instanceof ClosedChannelException)) {
                refusals.tell(String.valueOf(channel.remoteAddress()), done.cause());
            }
        });
        channel.pipeline().addLast(tls);
    }
}
