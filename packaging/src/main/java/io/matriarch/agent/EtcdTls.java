package io.matriarch.agent;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.PeerTls;
import io.matriarch.config.ServerTls;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS as etcd's flags ask for it: by {@code https} in the URLs to listen on, with the files of the other flags. */
final class EtcdTls {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdTls.class);

    private final EtcdFlags flags;

    EtcdTls(EtcdFlags flags) {
        this.flags = flags;
    }

    /** For clients. As with etcd, naming an authority means that clients must have a certificate of it. */
    Optional<ServerTls> clients() throws StartupException {
        Optional<Path> authority = file("trusted-ca-file");
        boolean checked = authority.isPresent() || flags.isOn("client-cert-auth");
        return own("", flags.isSecure("listen-client-urls")).map(own -> new ServerTls(own, authority,
                checked ? ClientCheck.REQUIRED : ClientCheck.NONE));
    }

    /** Between members: always with certificates on both sides, which name the hosts of the URLs. */
    Optional<PeerTls> peers() throws StartupException {
        Optional<KeyFiles> own = own("peer-", flags.isSecure("initial-advertise-peer-urls"));
        if (own.isEmpty()) {
            return Optional.empty();
        }
        Path authority = file("peer-trusted-ca-file").orElseThrow(() -> new StartupException(
                "--peer-trusted-ca-file is needed: members know each other by certificates of one authority"));
        return Optional.of(new PeerTls(own.get(), authority, List.of()));
    }

    private Optional<KeyFiles> own(String prefix, boolean secure) throws StartupException {
        Optional<Path> certificate = file(prefix + "cert-file");
        Optional<Path> key = file(prefix + "key-file");
        if (!secure) {
            if (certificate.isPresent()) {
                LOG.warn("--{}cert-file is ignored, since the URLs begin with http://", prefix);
            }
            return Optional.empty();
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            throw new StartupException("--" + prefix + "cert-file and --" + prefix + "key-file are needed for URLs with https://");
        }
        return Optional.of(new KeyFiles(certificate.get(), key.get(), Optional.empty()));
    }

    private Optional<Path> file(String flag) {
        return Optional.of(flags.text(flag, "")).filter(text -> !text.isEmpty()).map(text -> Path.of(text).toAbsolutePath());
    }
}
