package io.matriarch.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import java.util.List;
import java.util.Map;
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
        "--cert-file=x,TLS is not available"})
    void refusesWhatEtcdDoesNotKnowAndWhatWouldBeLessSafeThanAskedFor(String argument, String sentence) {
        StartupException e = assertThrows(StartupException.class, () -> EtcdFlags.parse(List.of(argument), Map.of()));
        assertTrue(e.getMessage().contains(sentence), e::getMessage);
    }

    @Test
    void refusesWhatIsNoUrl() throws Exception {
        EtcdFlags flags = EtcdFlags.parse(List.of("--listen-client-urls=10.0.0.1:2379"), Map.of());
        assertTrue(assertThrows(StartupException.class, () -> flags.address("listen-client-urls", "")).getMessage()
                .startsWith("--listen-client-urls: expected URLs"));
    }
}
