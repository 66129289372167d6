package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.tls.TestCertificates;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code matriarch etcd} stands in for the program etcd: its flags, its words, its end. */
class EtcdProcessIT {

    private static final String PROGRAM = System.getProperty("matriarch.home") + "/bin/matriarch";
    private static final String BODY = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

    @TempDir
    private Path directory;

    private Process start(HostPort client, HostPort peer) throws Exception {
        return new ProcessBuilder(PROGRAM, "etcd", "--name", "m1", "--data-dir", "data", "--listen-client-urls", "http://" + client,
                "--advertise-client-urls", "http://" + client, "--listen-peer-urls", "http://" + peer,
                "--initial-advertise-peer-urls", "http://" + peer, "--initial-cluster", "m1=http://" + peer,
                "--initial-cluster-state=new", "--strict-reconfig-check").directory(directory.toFile())
                .redirectErrorStream(true).start();
    }

    /** Reads until both lines that supervisors wait for have come. */
    private static void awaitReady(Process process) throws Exception {
        BufferedReader lines = process.inputReader();
        StringBuilder seen = new StringBuilder();
        while (!seen.toString().contains("published") || !seen.toString().contains("enabled capabilities for version")) {
            String line = lines.readLine();
            assertTrue(line != null, () -> "ended: " + seen);
            seen.append(line).append('\n');
        }
    }

    @Test
    @Timeout(120)
    void keepsWhatWasPutThroughAKillAndEndsWithZeroWhenAsked() throws Exception {
        HostPort client = TestServer.freeAddress();
        HostPort peer = TestServer.freeAddress();
        JsonClient json = new JsonClient("http://" + client);
        Process first = start(client, peer);
        try {
            awaitReady(first);
            assertEquals(200, json.post("/v3/kv/put", BODY).status());
        } finally {
            first.destroyForcibly().waitFor();
        }
        Process second = start(client, peer);
        try {
            awaitReady(second);
            assertTrue(json.post("/v3/kv/range", "{\"key\":\"YQ==\"}").body().contains("\"value\":\"Yg==\""));
            second.destroy();
            assertTrue(second.waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, second.exitValue());
        } finally {
            second.destroyForcibly();
        }
    }

    @Test
    @Timeout(60)
    void aFlagThatEtcdDoesNotKnowIsAnError() throws Exception {
        Process process = new ProcessBuilder(List.of(PROGRAM, "etcd", "--nonsense")).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor());
        assertTrue(out.contains("flag provided but not defined: -nonsense"), out);
    }

    @Test
    @Timeout(120)
    void speaksTlsWithEtcdsOwnFlags() throws Exception {
        TestCertificates certificates = TestCertificates.in(Files.createDirectory(directory.resolve("tls")));
        KeyFiles own = certificates.local("server", "m1");
        HostPort client = TestServer.freeAddress();
        HostPort peer = TestServer.freeAddress();
        Process process = new ProcessBuilder(PROGRAM, "etcd", "--name", "m1", "--data-dir", "tls-data", "--listen-client-urls", "https://" + client,
                "--advertise-client-urls", "https://" + client, "--listen-peer-urls", "https://" + peer, "--initial-advertise-peer-urls",
                "https://" + peer, "--initial-cluster", "m1=https://" + peer, "--cert-file", own.certificate().toString(), "--key-file",
                own.key().toString(), "--client-cert-auth", "--trusted-ca-file", certificates.ca().toString(), "--peer-cert-file",
                own.certificate().toString(), "--peer-key-file", own.key().toString(), "--peer-client-cert-auth",
                "--peer-trusted-ca-file", certificates.ca().toString()).directory(directory.toFile()).redirectErrorStream(true).start();
        try {
            awaitReady(process);
            Etcdctl stranger = Etcdctl.at("https://" + client).with("--cacert=" + certificates.ca(), "--command-timeout=2s");
            assertEquals("OK\n", stranger.with("--cert=" + own.certificate(), "--key=" + own.key()).run("put", "a", "1").ok());
            assertTrue(stranger.run("put", "a", "2").code() != 0);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
