package io.matriarch.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.PeerTls;
import io.matriarch.config.ServerTls;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EtcdFlagsTest {

    @Test
    void takesFlagsInBothFormsSwitchesAndVariables() throws Exception {
        EtcdFlags flags = EtcdFlags.parse(List.of("--name", "m1", "--strict-reconfig-check", "--data-dir=d",
                "--initial-cluster", "m1=http://10.0.0.1:2380,m2=http://10.0.0.2:2380", "--snapshot-count", "100"),
                Map.of("ETCD_NAME", "other", "ETCD_LISTEN_CLIENT_URLS", "http://10.0.0.1:2379,http://127.0.0.1:2379"));
        assertEquals("m1", flags.text("name", "default"));
        assertEquals("d", flags.text("data-dir", ""));
        assertEquals(new HostPort("10.0.0.1", 2379), flags.address("listen-client-urls", ""));
        assertEquals(List.of(new HostPort("10.0.0.1", 2380), new HostPort("10.0.0.2", 2380)), flags.peers(""));
        assertEquals(List.of("strict-reconfig-check", "snapshot-count"), flags.idle());
    }

    @ParameterizedTest
    @CsvSource({"--nonsense,flag provided but not defined: -nonsense", "word,is not a valid flag",
        "--client-crl-file=x,not available in this version", "--auto-tls,not available in this version"})
    void refusesWhatEtcdDoesNotKnowAndWhatWouldBeLessSafeThanAskedFor(String argument, String sentence) {
        StartupException e = assertThrows(StartupException.class, () -> EtcdFlags.parse(List.of(argument), Map.of()));
        assertTrue(e.getMessage().contains(sentence), e::getMessage);
    }

    @Test
    void tlsIsAskedForByTheUrls() throws Exception {
        EtcdFlags flags = EtcdFlags.parse(List.of("--listen-client-urls=https://10.0.0.1:2379", "--cert-file", "/c", "--key-file", "/k",
                "--client-cert-auth", "--trusted-ca-file=/ca", "--initial-advertise-peer-urls=https://10.0.0.1:2380",
                "--peer-cert-file=/pc", "--peer-key-file=/pk", "--peer-trusted-ca-file=/pca", "--peer-client-cert-auth"), Map.of());
        EtcdTls tls = new EtcdTls(flags);
        assertEquals(new HostPort("10.0.0.1", 2379), flags.address("listen-client-urls", ""));
        assertEquals(new ServerTls(files("/c", "/k"), Optional.of(Path.of("/ca")), ClientCheck.REQUIRED), tls.clients().orElseThrow());
        assertEquals(new PeerTls(files("/pc", "/pk"), Path.of("/pca"), List.of()), tls.peers().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({"--listen-client-urls=https://h:1,--cert-file and --key-file are needed",
        "--initial-advertise-peer-urls=https://h:1 --peer-cert-file=/c --peer-key-file=/k,--peer-trusted-ca-file is needed"})
    void tlsNeedsItsFiles(String arguments, String sentence) throws Exception {
        EtcdTls tls = new EtcdTls(EtcdFlags.parse(List.of(arguments.split(" ")), Map.of()));
        StartupException e = assertThrows(StartupException.class, () -> {
            tls.clients();
            tls.peers();
        });
        assertTrue(e.getMessage().startsWith(sentence), e::getMessage);
    }

    private static KeyFiles files(String certificate, String key) {
        return new KeyFiles(Path.of(certificate), Path.of(key), Optional.empty());
    }

    @Test
    void refusesWhatIsNoUrl() throws Exception {
        EtcdFlags flags = EtcdFlags.parse(List.of("--listen-client-urls=10.0.0.1:2379"), Map.of());
        assertTrue(assertThrows(StartupException.class, () -> flags.address("listen-client-urls", "")).getMessage()
                .startsWith("--listen-client-urls: expected URLs"));
    }
}
