package io.matriarch.etcd;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.config.ClientTls;
import io.matriarch.config.EtcdConfig;
import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.tls.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real etcd that speaks TLS and wants certificates of its clients. */
class EtcdTlsIT {

    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final int TRIES = 20;

    @Test
    void certificatesAreShownAndLookedAt(@TempDir Path directory) throws Exception {
        TestCertificates ours = TestCertificates.in(Files.createDirectory(directory.resolve("ours")));
        TestCertificates others = TestCertificates.in(Files.createDirectory(directory.resolve("others")));
        KeyFiles server = ours.local("server", "etcd");
        KeyFiles client = ours.local("client", "agent");
        try (RealEtcd etcd = RealEtcd.start(directory, 1, "--cert-file", server.certificate().toString(), "--key-file",
                server.key().toString(), "--trusted-ca-file", ours.ca().toString(), "--client-cert-auth")) {
            HostPort address = etcd.address(0);
            assertTrue(answers(address, new ClientTls(Optional.of(client), Optional.of(ours.ca()))), "both know each other");
            assertFalse(answersAtOnce(address, new ClientTls(Optional.empty(), Optional.of(ours.ca()))), "a client without a certificate");
            assertFalse(answersAtOnce(address, new ClientTls(Optional.of(others.local("client", "agent")), Optional.of(ours.ca()))),
                    "a client of another authority");
            assertFalse(answersAtOnce(address, new ClientTls(Optional.of(client), Optional.of(others.ca()))),
                    "an etcd of another authority");
            assertFalse(answersAtOnce(new HostPort("127.0.0.2", address.port()), new ClientTls(Optional.of(client), Optional.of(ours.ca()))),
                    "nobody listens there");
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed(@TempDir Path directory) {
        ClientTls tls = new ClientTls(Optional.empty(), Optional.of(directory.resolve("no-such.crt")));
        IOException e = assertThrows(IOException.class, () -> EtcdStore.connect(config(new HostPort("127.0.0.1", 1), tls)));
        assertTrue(e.getMessage().contains("no-such.crt"), e.getMessage());
    }

    @Test
    void recordsOfTheNameService() throws Exception {
        assertTrue(new HostPort("etcd1.example.org", 2379).equals(SrvRecords.parse("0 5 2379 etcd1.example.org.")));
        assertThrows(IOException.class, () -> SrvRecords.parse("0 5 etcd1.example.org."));
    }

    private static EtcdConfig config(HostPort address, ClientTls tls) {
        return new EtcdConfig("etcd3", List.of(address), Optional.of(tls), Optional.empty(), Optional.empty(), true, Optional.empty());
    }

    private static boolean answers(HostPort address, ClientTls tls) throws Exception {
        boolean answered = false;
        for (int i = 0; i < TRIES && !answered; i++) {
            answered = answersAtOnce(address, tls);
        }
        return answered;
    }

    private static boolean answersAtOnce(HostPort address, ClientTls tls) throws Exception {
        try (EtcdStore store = EtcdStore.connect(config(address, tls));
             StoreDcs dcs = new StoreDcs(store, ClusterKeys.of("/service", "s"))) {
            return dcs.writeConfig(Map.of("x", 1), Optional.empty(), ATTEMPT).isApplied()
                    && dcs.view(Duration.ZERO, ATTEMPT).isPresent();
        }
    }
}
