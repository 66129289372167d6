package io.matriarch.tls;

import io.matriarch.config.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What was read from the files at one time.
 *
 * @param chain empty, as the key, for a client that shows no certificate
 * @param trust decides by the authorities of the file, or by those that Java knows
 */
record Material(List<X509Certificate> chain, Optional<PrivateKey> key, List<X509Certificate> authorities,
                X509ExtendedTrustManager trust) {

    private static final byte[] PROBE = {1, 2, 3};

    static Material read(Optional<KeyFiles> own, Optional<Path> authority) throws TlsException {
        List<X509Certificate> authorities = authority.isPresent() ? Pem.certificates(authority.get()) : List.of();
        X509ExtendedTrustManager trust = trust(authority.isPresent() ? Optional.of(authorities) : Optional.empty());
        if (own.isEmpty()) {
            return new Material(List.of(), Optional.empty(), authorities, trust);
        }
        List<X509Certificate> chain = Pem.certificates(own.get().certificate());
        PrivateKey key = Pem.key(own.get().key(), own.get().password().map(secret -> secret.reveal()));
        if (!belong(key, chain.get(0))) {
            throw new TlsException(own.get().key() + ": the key does not belong to the certificate in " + own.get().certificate());
        }
        return new Material(chain, Optional.of(key), authorities, trust);
    }

    private static X509ExtendedTrustManager trust(Optional<List<X509Certificate>> authorities) throws TlsException {
        try {
            KeyStore store = null;
            if (authorities.isPresent()) {
                store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                for (int i = 0; i < authorities.get().size(); i++) {
                    store.setCertificateEntry("authority" + i, authorities.get().get(i));
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager found) {
                    return found;
                }
            }
            throw new TlsException("this Java has nothing that judges certificates");
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsException("the authorities cannot be used: " + e.getMessage(), e);
        }
    }

    private static boolean belong(PrivateKey key, X509Certificate certificate) {
        try {
            String algorithm = switch (key.getAlgorithm()) {
                case "EC" -> "SHA256withECDSA";
                case "RSA" -> "SHA256withRSA";
                default -> key.getAlgorithm();
            };
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            // of another algorithm
            return false;
        }
    }

    /** When the first of the certificates that are shown ends. */
    Optional<Instant> end() {
        return chain.stream().map(c -> c.getNotAfter().toInstant()).min(Instant::compareTo);
    }
}
