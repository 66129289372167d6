package io.matriarch.agent;

import io.matriarch.config.CtlConfig;
import io.matriarch.tls.AnyTrust;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * How this member speaks to the REST APIs of the others when they use TLS. As with Patroni their certificates are looked
 * at only when the section {@code ctl} has a {@code certfile} or {@code cacert}, and then the chain counts, not the name.
 */
final class MemberTls implements Supplier<SSLSocketFactory>, AutoCloseable {

    private final TlsIdentity identity;
    private final SSLSocketFactory sockets;

    private MemberTls(TlsIdentity identity, boolean strict) {
        this.identity = identity;
        this.sockets = (strict ? identity.context() : identity.context(new AnyTrust())).getSocketFactory();
    }

    static MemberTls of(CtlConfig config) throws StartupException {
        try {
            TlsIdentity identity = TlsIdentity.open("ctl", config.tls().own(), config.tls().authority());
            boolean files = config.tls().own().isPresent() || config.tls().authority().isPresent();
            return new MemberTls(files ? identity.watched().rehearsed() : identity, config.strictMembers());
        } catch (TlsException e) {
            throw new StartupException("ctl: " + e.getMessage(), e);
        }
    }

    @Override
    public SSLSocketFactory get() {
        return sockets;
    }

    @Override
    public void close() {
        identity.close();
    }
}
