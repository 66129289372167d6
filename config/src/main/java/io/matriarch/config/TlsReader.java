package io.matriarch.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the keys of TLS, which have the same names in every section. */
final class TlsReader {

    private TlsReader() {
    }

    /**
     * Empty when the section has no {@code certfile}.
     *
     * @param strict a key without a certificate is a mistake; clients do not mind
     */
    private static Optional<KeyFiles> own(Section section, boolean strict) {
        Optional<Path> certificate = section.file("certfile");
        Optional<Path> key = section.file("keyfile");
        Optional<Secret> password = section.secret("keyfile_password");
        if (strict && certificate.isEmpty() && key.isPresent()) {
            section.missing("certfile", "the certificate that belongs to " + section.full("keyfile"));
        }
        return certificate.map(c -> new KeyFiles(c, key.orElse(c), password));
    }

    static Optional<ServerTls> server(Section section) {
        Map<String, ClientCheck> words = new LinkedHashMap<>();
        words.put("none", ClientCheck.NONE);
        words.put("optional", ClientCheck.OPTIONAL);
        words.put("required", ClientCheck.REQUIRED);
        Optional<KeyFiles> own = own(section, true);
        Optional<Path> authority = section.file("cafile");
        ClientCheck clients = section.has("verify_client") ? section.choice("verify_client", words, "none") : ClientCheck.NONE;
        if (own.isEmpty() && clients != ClientCheck.NONE) {
            section.missing("certfile", "a certificate, since clients can show theirs only over TLS (verify_client)");
        }
        return own.map(o -> new ServerTls(o, authority, clients));
    }

    static Optional<PeerTls> peers(Section section) {
        Optional<KeyFiles> own = own(section, false);
        Optional<Path> authority = section.file("cafile");
        List<String> names = section.texts("allowed_names");
        if (own.isPresent() != authority.isPresent()) {
            section.missing(own.isPresent() ? "cafile" : "certfile", "certfile, keyfile and cafile together, or none of them");
            return Optional.empty();
        }
        return own.map(o -> new PeerTls(o, authority.orElseThrow(), names));
    }

    /** @param authority key of the file that vouches for servers */
    static ClientTls client(Section section, String authority) {
        return new ClientTls(own(section, false), section.file(authority));
    }

    /** Under the names that the sections of an external etcd have for them. */
    static ClientTls etcd(Section section) {
        Optional<Path> certificate = section.file("cert");
        Optional<Path> key = section.file("key");
        return new ClientTls(certificate.map(c -> new KeyFiles(c, key.orElse(c), Optional.empty())), section.file("cacert"));
    }
}
