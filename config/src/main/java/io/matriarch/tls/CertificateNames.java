package io.matriarch.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** The names in a certificate. */
public final class CertificateNames {

    private static final int DNS = 2;
    private static final int IP = 7;

    private CertificateNames() {
    }

    /** The hosts that a certificate is for: its alternative names, host names in lower case and addresses. */
    public static Collection<String> hosts(X509Certificate certificate) {
        TreeSet<String> hosts = new TreeSet<>();
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                if (name.get(0).equals(DNS) || name.get(0).equals(IP)) {
                    hosts.add(plain(String.valueOf(name.get(1))));
                }
            }
        } catch (CertificateParsingException e) {
            // names that cannot be read are no names
            return List.of();
        }
        return hosts;
    }

    /** The common name of the subject: the user that a client certificate stands for. */
    public static Optional<String> common(X509Certificate certificate) {
        try {
            LdapName name = new LdapName(certificate.getSubjectX500Principal().getName());
            Optional<String> last = Optional.empty();
            for (Rdn part : name.getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    last = Optional.of(String.valueOf(part.getValue()));
                }
            }
            return last;
        } catch (InvalidNameException e) {
            // a subject that cannot be read has no name
            return Optional.empty();
        }
    }

    /** A host as it stands in {@link #hosts}; addresses of the sixth version have one form only. */
    public static String plain(String host) {
        String bare = host.replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
        if (bare.indexOf(':') < 0) {
            return bare;
        }
        try {
            // a literal address is not looked up
            return java.net.InetAddress.getByName(bare).getHostAddress();
        } catch (java.net.UnknownHostException e) {
            // not an address after all
            return bare;
        }
    }
}
