package io.matriarch.tls;

import io.matriarch.config.KeyFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Makes certificates, with the {@code keytool} of the Java that runs. Keys are elliptic (P-256) and leave here as PEM in
 * files of mode 0600. One thread; a certificate takes about a second.
 */
public final class CertificateAuthority {

    private static final String PASSWORD = "MATRIARCH_KEYTOOL_PASSWORD";
    private static final String AUTHORITY = "authority";
    private static final String ISSUED = "issued";
    private static final int SECONDS = 60;
    private static final int LONGEST_ERROR = 300;

    /** What certificates are for. */
    public enum Use {
        /** One that serves and connects, as members do. */
        MEMBER("serverAuth,clientAuth"),
        /** One that connects only. */
        CLIENT("clientAuth");

        private final String extension;

        Use(String extension) {
            this.extension = extension;
        }
    }

    private final Path certificate;
    private final Path key;
    private final String password;

    private CertificateAuthority(Path certificate, Path key) {
        this.certificate = certificate;
        this.key = key;
        byte[] chance = new byte[24];
        new SecureRandom().nextBytes(chance);
        this.password = Base64.getUrlEncoder().encodeToString(chance);
    }

    /**
     * Makes an authority: both files are written, neither may be there.
     *
     * @param name its common name, for people
     * @param days it is good for
     */
    public static CertificateAuthority create(Path certificate, Path key, String name, int days) throws TlsException {
        CertificateAuthority made = new CertificateAuthority(certificate, key);
        made.inStore(store -> {
            made.keytool(store, AUTHORITY, name, days, List.of("-ext", "bc:critical=ca:true,pathlen:0", "-ext",
                    "ku:critical=keyCertSign,cRLSign"));
            made.export(store, AUTHORITY, certificate, key);
        });
        return made;
    }

    /** One that was made before. */
    public static CertificateAuthority open(Path certificate, Path key) throws TlsException {
        CertificateAuthority found = new CertificateAuthority(certificate, key);
        Material.read(Optional.of(new KeyFiles(certificate, key, Optional.empty())),
                Optional.empty());
        return found;
    }

    /** Where it is. */
    public Path certificate() {
        return certificate;
    }

    /**
     * Makes a certificate with its key; files that are there are replaced.
     *
     * @param to    name of the files without their endings {@code .crt} and {@code .key}
     * @param name  common name: for etcd's surface the user
     * @param hosts names and addresses that it is for
     */
    public void issue(Path to, String name, List<String> hosts, Use use, int days) throws TlsException {
        List<String> extensions = new ArrayList<>(List.of("-signer", AUTHORITY, "-ext", "ku:critical=digitalSignature", "-ext",
                "eku=" + use.extension));
        if (!hosts.isEmpty()) {
            extensions.addAll(List.of("-ext", "san=" + hosts.stream().distinct().map(CertificateAuthority::alternative)
                    .collect(Collectors.joining(","))));
        }
        inStore(store -> {
            fill(store);
            keytool(store, ISSUED, name, days, extensions);
            export(store, ISSUED, to.resolveSibling(to.getFileName() + ".crt"), to.resolveSibling(to.getFileName() + ".key"));
        });
    }

    private static String alternative(String host) {
        String bare = CertificateNames.plain(host);
        boolean address = bare.indexOf(':') >= 0 || bare.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        return (address ? "ip:" : "dns:") + bare;
    }

    /** Work with a key store of its own, which is gone afterwards. */
    private interface Work {
        void on(Path store) throws TlsException, IOException, GeneralSecurityException;
    }

    private void inStore(Work work) throws TlsException {
        try {
            Path directory = Files.createTempDirectory(certificate.toAbsolutePath().getParent(), ".keys",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path store = directory.resolve("store");
            try {
                work.on(store);
            } finally {
                Files.deleteIfExists(store);
                Files.delete(directory);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsException("a certificate could not be made: " + e.getMessage(), e);
        }
    }

    private void fill(Path store) throws TlsException, IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        Certificate[] chain = {Pem.certificates(certificate).get(0)};
        keys.setKeyEntry(AUTHORITY, Pem.key(key, Optional.empty()), password.toCharArray(), chain);
        try (OutputStream out = Files.newOutputStream(store)) {
            keys.store(out, password.toCharArray());
        }
    }

    private void keytool(Path store, String alias, String name, int days, List<String> more) throws TlsException, IOException {
        if (!name.matches("[A-Za-z0-9 ._@:-]{1,64}")) {
            throw new TlsException("'" + Refusals.clean(name) + "' cannot be the name in a certificate: letters, digits and . _ @ : -");
        }
        Path program = Path.of(System.getProperty("java.home"), "bin", "keytool");
        if (!Files.isExecutable(program)) {
            throw new TlsException(program + " is missing: certificates are made with the keytool of Java");
        }
        List<String> command = new ArrayList<>(List.of(program.toString(), "-J-Xshare:auto", "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC", "-genkeypair", "-keystore", store.toString(), "-storetype", "PKCS12", "-storepass:env", PASSWORD,
                "-alias", alias, "-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA", "-dname", "CN=" + name,
                "-startdate", "-1H", "-validity", Integer.toString(days)));
        command.addAll(more);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(PASSWORD, password);
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new TlsException("keytool did not make the certificate: "
                        + said.substring(0, Math.min(said.length(), LONGEST_ERROR)).strip());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new TlsException("interrupted", e);
        }
    }

    private void export(Path store, String alias, Path certificateFile, Path keyFile)
            throws IOException, GeneralSecurityException, TlsException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password.toCharArray());
        }
        Key found = keys.getKey(alias, password.toCharArray());
        write(keyFile, pem("PRIVATE KEY", found.getEncoded()), "rw-------");
        // the authority itself is what the other side has
        X509Certificate own = (X509Certificate) keys.getCertificate(alias);
        write(certificateFile, pem("CERTIFICATE", own.getEncoded()), "rw-r--r--");
    }

    private static String pem(String name, byte[] content) {
        return "-----BEGIN " + name + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END "
                + name + "-----\n";
    }

    /** Whole and with its mode, or not at all: a process may be reading the file. */
    private static void write(Path file, String text, String mode) throws IOException {
        Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), ".new", "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, text);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
