package io.matriarch.raft;

import io.matriarch.tls.CertificateNames;
import io.matriarch.tls.Refusals;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Believes the authority of the peers, and of its certificates those that name a member. */
final class PeerTrust extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager authority;
    private final Supplier<Set<String>> members;
    private final Refusals refusals;

    PeerTrust(X509ExtendedTrustManager authority, Supplier<Set<String>> members, Refusals refusals) {
        this.authority = authority;
        this.members = members;
        this.refusals = refusals;
    }

    /** A host in the one form in which hosts are compared. */
    static String plain(String host) {
        return CertificateNames.plain(host);
    }

    static Collection<String> names(X509Certificate certificate) {
        return CertificateNames.hosts(certificate);
    }

    private void requireMember(X509Certificate certificate) throws CertificateException {
        Collection<String> named = names(certificate);
        Set<String> expected = members.get();
        if (named.stream().noneMatch(expected::contains)) {
            throw new CertificateException("its certificate names " + named + ", the members of the group are " + expected
                    + " (another host that may connect belongs into raft.allowed_names)");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        authority.checkClientTrusted(chain, type, engine);
        requireMember(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        try {
            // looks at the name as well, since the transport tells the engine to
            authority.checkServerTrusted(chain, type, engine);
        } catch (CertificateException e) {
            String called = String.valueOf(engine.getPeerHost());
            boolean other = !names(chain[0]).contains(plain(called));
            refusals.tellOfServer(called, other ? "it names " + names(chain[0]) + " and not " + called : String.valueOf(e.getMessage()));
            throw e;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        authority.checkClientTrusted(chain, type, socket);
        requireMember(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        authority.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        authority.checkClientTrusted(chain, type);
        requireMember(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        authority.checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authority.getAcceptedIssuers();
    }
}
