package io.matriarch.etcdapi;

import io.matriarch.tls.CertificateNames;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.handler.codec.http2.Http2StreamChannel;
import org.apache.ratis.thirdparty.io.netty.util.AttributeKey;

/**
 * A client proved itself by a certificate.
 *
 * @param user that the certificate stands for: its common name; empty when it has none
 */
record Certified(String user) {

    private static final AttributeKey<Certified> KEY = AttributeKey.valueOf(Certified.class, "client");

    /** Notes on a connection whose handshake is over what its client has shown. */
    static void note(Channel connection, SSLEngine engine) {
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            if (chain.length > 0 && chain[0] instanceof X509Certificate first) {
                connection.attr(KEY).set(new Certified(CertificateNames.common(first).orElse("")));
            }
        } catch (SSLPeerUnverifiedException e) {
            // it has shown none, which is fine where none is required
            connection.attr(KEY).set(null);
        }
    }

    /** @param channel a connection, or a stream of one */
    static Optional<Certified> on(Channel channel) {
        Channel connection = channel instanceof Http2StreamChannel stream ? stream.parent() : channel;
        return Optional.ofNullable(connection.attr(KEY).get());
    }
}
