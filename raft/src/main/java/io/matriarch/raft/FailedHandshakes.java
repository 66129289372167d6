package io.matriarch.raft;

import io.matriarch.tls.Refusals;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/**
 * Tells of callers whose handshake failed. The gRPC inside Ratis says that to nobody but a logger of the platform, so this
 * listens there.
 */
final class FailedHandshakes extends Handler {

    /** Held here because the logging of the platform forgets a logger that nobody holds. */
    private static final Logger TRANSPORT =
            Logger.getLogger("org.apache.ratis.thirdparty.io.grpc.netty.NettyServerTransport.connections");
    private static final int DEEPEST = 10;

    private final Refusals refusals;

    private FailedHandshakes(Refusals refusals) {
        this.refusals = refusals;
    }

    /** Until it is closed. */
    static FailedHandshakes toldTo(Refusals refusals) {
        FailedHandshakes listening = new FailedHandshakes(refusals);
        TRANSPORT.setUseParentHandlers(false);
        TRANSPORT.setLevel(Level.INFO);
        TRANSPORT.addHandler(listening);
        return listening;
    }

    @Override
    public void publish(LogRecord record) {
        Throwable cause = record.getThrown();
        for (int depth = 0; depth < DEEPEST && cause != null; depth++) {
            if (cause instanceof SSLException) {
                refusals.tell("another process", cause);
                return;
            }
            cause = cause.getCause();
        }
    }

    @Override
    public void flush() {
        // nothing is kept back
    }

    @Override
    public void close() {
        TRANSPORT.removeHandler(this);
    }
}
