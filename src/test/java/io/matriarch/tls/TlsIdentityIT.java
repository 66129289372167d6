package io.matriarch.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.KeyFiles;
import io.matriarch.config.Secret;
import io.matriarch.tls.CertificateAuthority.Use;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates and keys in the forms that operators have them, renewed while somebody uses them. */
class TlsIdentityIT {

    @TempDir
    private static Path directory;
    private static TestCertificates certificates;
    private static KeyFiles first;
    private static KeyFiles second;

    @BeforeAll
    static void make() throws Exception {
        certificates = TestCertificates.in(directory);
        first = certificates.issue("first", "node1", List.of("10.0.0.11", "DB.example", "[2001:db8::1]"), Use.MEMBER);
        second = certificates.issue("second", "node1", List.of("10.0.0.11"), Use.CLIENT);
    }

    private static BigInteger serial(TlsIdentity identity) {
        return identity.certificate().orElseThrow().getSerialNumber();
    }

    /** What the key manager shows, with the key that signs for it. */
    private static void copy(KeyFiles from, Path to) throws Exception {
        Files.copy(from.certificate(), to.resolve("c.crt"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.copy(from.key(), to.resolve("c.key"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        touch(to);
    }

    private static void touch(Path directory) throws Exception {
        FileTime later = FileTime.fromMillis(Files.getLastModifiedTime(directory.resolve("c.crt")).toMillis() + 2_000);
        Files.setLastModifiedTime(directory.resolve("c.crt"), later);
    }

    @Test
    void theNamesOfACertificate() throws Exception {
        var certificate = Pem.certificates(first.certificate()).get(0);
        assertEquals(List.of("10.0.0.11", "2001:db8:0:0:0:0:0:1", "db.example"), List.copyOf(CertificateNames.hosts(certificate)));
        assertEquals(Optional.of("node1"), CertificateNames.common(certificate));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(first.key())));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca.key"))));
        try (var files = Files.list(directory)) {
            assertTrue(files.noneMatch(f -> f.getFileName().toString().startsWith(".")), "work files are left");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | '' | ",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | '' | ", "genpkey -algorithm ED25519 | '' | ",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | rsa -traditional | ", "ecparam -name prime256v1 -genkey | '' | ",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | pkcs8 -topk8 -passout pass:geheim | geheim",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | pkcs8 -topk8 -v2 aes-128-cbc -passout pass:geheim | geheim"})
    void keysInEveryForm(String make, String convert, String password) throws Exception {
        Path own = Files.createTempDirectory(directory, "form");
        Path key = own.resolve("plain.key");
        Path used = own.resolve("used.key");
        Path certificate = own.resolve("c.crt");
        TestCertificates.run(("openssl " + make + " -out " + key).split(" "));
        TestCertificates.run(("openssl req -x509 -new -subj /CN=x -days 9 -key " + key + " -out " + certificate).split(" "));
        if (convert.isEmpty()) {
            Files.copy(key, used);
        } else {
            TestCertificates.run(("openssl " + convert + " -in " + key + " -out " + used).split(" "));
        }
        KeyFiles files = new KeyFiles(certificate, used, Optional.ofNullable(password).map(Secret::new));
        try (TlsIdentity identity = TlsIdentity.open("x", Optional.of(files), Optional.empty())) {
            assertTrue(identity.end().isPresent());
        }
        if (password != null) {
            for (Optional<Secret> wrong : List.of(Optional.<Secret>empty(), Optional.of(new Secret("falsch")))) {
                TlsException e = assertThrows(TlsException.class, () -> TlsIdentity.open("x",
                        Optional.of(new KeyFiles(certificate, used, wrong)), Optional.empty()));
                assertTrue(e.getMessage().contains(used.toString()) && e.getMessage().contains("keyfile_password"), e::getMessage);
                assertFalse(e.getMessage().contains("falsch"), e::getMessage);
            }
        }
    }

    @Test
    void saysWhichFileIsOfNoUse() throws Exception {
        Path empty = Files.createFile(directory.resolve("empty"));
        Path none = directory.resolve("none");
        says(new KeyFiles(none, first.key(), Optional.empty()), none + ": there is no such file");
        says(new KeyFiles(empty, first.key(), Optional.empty()), empty + ": there is no certificate in it");
        says(new KeyFiles(first.certificate(), empty, Optional.empty()), empty + ": there is no private key in it");
        says(new KeyFiles(first.certificate(), second.key(), Optional.empty()), second.key() + ": the key does not belong to");
    }

    private static void says(KeyFiles files, String sentence) {
        TlsException e = assertThrows(TlsException.class, () -> TlsIdentity.open("x", Optional.of(files), Optional.empty()));
        assertTrue(e.getMessage().startsWith(sentence), e::getMessage);
    }

    @Test
    void newFilesAreTakenAndBrokenOnesAreNot() throws Exception {
        Path own = Files.createTempDirectory(directory, "renewal");
        copy(first, own);
        KeyFiles files = new KeyFiles(own.resolve("c.crt"), own.resolve("c.key"), Optional.empty());
        try (LogLines log = new LogLines("io.matriarch.tls");
             TlsIdentity identity = TlsIdentity.open("here", Optional.of(files), Optional.of(certificates.ca()))) {
            BigInteger before = serial(identity);
            identity.look();
            assertEquals(before, serial(identity));
            Files.copy(second.certificate(), files.certificate(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            touch(own);
            identity.look();
            assertEquals(List.of(), log.all(), "the key may come in a moment");
            identity.look();
            identity.look();
            assertEquals(1, log.all().size(), log.all()::toString);
            assertTrue(log.all().get(0).startsWith("WARN here: the new certificates cannot be used, the former ones stay in force: "
                    + files.key()), log.all()::toString);
            assertEquals(before, serial(identity));
            String alias = identity.keys().chooseEngineServerAlias("EC", null, null);
            copy(second, own);
            identity.look();
            assertNotEquals(before, serial(identity));
            assertTrue(log.all().get(1).startsWith("INFO here: new certificates are in force, until "), log.all()::toString);
            assertEquals(before, identity.keys().getCertificateChain(alias)[0].getSerialNumber(), "a handshake under way");
            assertEquals(serial(identity), identity.keys().getCertificateChain(identity.keys().chooseEngineServerAlias("EC", null,
                    null))[0].getSerialNumber());
        }
    }

    @Test
    void aHandshakeWithItselfComesToItsEnd() throws Exception {
        KeyFiles member = certificates.local("rehearsal", "node1");
        try (TlsIdentity identity = TlsIdentity.open("here", Optional.of(member), Optional.of(certificates.ca()))) {
            assertTrue(Rehearsal.of(identity));
        }
    }

    @Test
    void theEndIsToldThirtyDaysBeforeAndOnceADay() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        try (LogLines log = new LogLines("io.matriarch.tls");
             TlsIdentity identity = new TlsIdentity("here", Optional.of(first), Optional.empty(), now::get)) {
            Instant end = identity.end().orElseThrow();
            assertEquals(List.of(), log.all());
            now.set(end.minus(Duration.ofDays(29)));
            identity.look();
            now.set(now.get().plus(Duration.ofHours(23)));
            identity.look();
            assertEquals(1, log.all().size(), log.all()::toString);
            assertTrue(log.all().get(0).startsWith("WARN here: the certificate " + first.certificate() + " ends on "), log.all()::toString);
            assertTrue(log.all().get(0).contains("in 29 days"), log.all()::toString);
            now.set(end.plusSeconds(1));
            identity.look();
            assertTrue(log.all().get(1).startsWith("ERROR here: the certificate " + first.certificate() + " has ended"), log.all()::toString);
        }
    }

    @Test
    void whatAStrangerWritesIsNotRepeatedAndNotOften() {
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            Refusals refusals = new Refusals("here");
            for (int i = 0; i < 100; i++) {
                refusals.tell("10.0.0.66", "CN=\n[31mevil" + "x".repeat(1000));
            }
            assertEquals(1, log.all().size());
            assertTrue(log.all().get(0).length() < 500 && !log.all().get(0).contains("\n"), log.all()::toString);
        }
    }
}
