package io.matriarch.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A handshake of an identity with itself, in memory. The first one of a process takes some hundred milliseconds, since Java
 * loads and interprets so much for it; members that ask each other in a failover do not have that time.
 */
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final int STEPS = 200;

    private final SSLEngine client;
    private final SSLEngine server;
    private final ByteBuffer nothing = ByteBuffer.allocate(0);
    private final ByteBuffer toServer;
    private final ByteBuffer toClient;
    private final ByteBuffer plain;

    private Rehearsal(TlsIdentity identity) {
        client = identity.context(new AnyTrust()).createSSLEngine("localhost", 1);
        client.setUseClientMode(true);
        server = identity.context().createSSLEngine();
        server.setUseClientMode(false);
        int packet = server.getSession().getPacketBufferSize() * 4;
        toServer = ByteBuffer.allocate(packet);
        toClient = ByteBuffer.allocate(packet);
        plain = ByteBuffer.allocate(client.getSession().getApplicationBufferSize() * 2);
    }

    /** Returns whether it came to an end; nothing depends on that. */
    static boolean of(TlsIdentity identity) {
        try {
            return new Rehearsal(identity).run();
        } catch (SSLException | RuntimeException e) {
            LOG.debug("no rehearsal of TLS for {}: {}", identity.name(), e.toString());
            return false;
        }
    }

    private boolean run() throws SSLException {
        client.beginHandshake();
        server.beginHandshake();
        for (int i = 0; i < STEPS; i++) {
            step(client, toServer, toClient);
            step(server, toClient, toServer);
            boolean over = client.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
                    && server.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
            if (over) {
                return client.getSession().isValid() && !client.getSession().getCipherSuite().contains("NULL");
            }
        }
        return false;
    }

    private void step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws SSLException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            engine.wrap(nothing, out);
            return;
        }
        in.flip();
        SSLEngineResult.Status status = SSLEngineResult.Status.OK;
        while (in.hasRemaining() && status == SSLEngineResult.Status.OK && engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP
                && engine.getHandshakeStatus() != HandshakeStatus.NEED_TASK) {
            plain.clear();
            status = engine.unwrap(in, plain).getStatus();
        }
        in.compact();
    }
}
