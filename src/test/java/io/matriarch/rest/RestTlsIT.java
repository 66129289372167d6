package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.HostPort;
import io.matriarch.config.KeyFiles;
import io.matriarch.config.RestApiConfig;
import io.matriarch.config.ServerTls;
import io.matriarch.tls.LogLines;
import io.matriarch.tls.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The REST API over TLS, asked with curl. */
class RestTlsIT {

    @TempDir
    private static Path directory;
    private static TestCertificates ours;
    private static KeyFiles server;
    private static KeyFiles renewed;
    private static KeyFiles client;
    private static KeyFiles stranger;

    private final FakePorts fake = new FakePorts(Situations.primary());
    private RestServer running;

    @BeforeAll
    static void make() throws Exception {
        ours = TestCertificates.in(directory);
        server = ours.local("server", "node1");
        renewed = ours.local("renewed", "node1");
        client = ours.local("client", "operator");
        stranger = TestCertificates.in(Files.createDirectory(directory.resolve("other"))).local("stranger", "operator");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    private void start(ClientCheck clients) throws Exception {
        HostPort any = new HostPort("127.0.0.1", 0);
        running = RestServer.start(new RestApiConfig(any, any, Optional.empty(), List.of(), false, Map.of(), "original",
                Optional.of(new ServerTls(server, Optional.of(ours.ca()), clients))), fake.ports());
    }

    /** The status and the body, or the number of curl's error. */
    private String ask(Optional<KeyFiles> own, String path, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", "20", "--cacert", ours.ca().toString(), "-w",
                "%{http_code} %{exitcode}", "-o", directory.resolve("body").toString()));
        own.ifPresent(o -> command.addAll(List.of("--cert", o.certificate().toString(), "--key", o.key().toString())));
        command.addAll(List.of(more));
        command.add("https://127.0.0.1:" + running.port() + path);
        Files.deleteIfExists(directory.resolve("body"));
        String[] words = TestCertificates.run(command.toArray(String[]::new)).split(" ");
        return words[1].equals("0") ? words[0] + " " + Files.readString(directory.resolve("body")) : "refused";
    }

    @Test
    void withoutCheckingClientsItIsOnlyEncrypted() throws Exception {
        start(ClientCheck.NONE);
        assertTrue(ask(Optional.empty(), "/patroni").startsWith("200 {"));
        assertEquals("202 reload scheduled", ask(Optional.empty(), "/reload", "-X", "POST"));
        assertTrue(TestCertificates.run("curl", "-sS", "http://127.0.0.1:" + running.port() + "/").contains("curl:"));
    }

    @Test
    void optionalMeansThatStrangersMayLookAndNothingElse() throws Exception {
        start(ClientCheck.OPTIONAL);
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            assertTrue(ask(Optional.empty(), "/patroni").startsWith("200 {"));
            for (String[] change : List.of(new String[] {"POST", "/reload"}, new String[] {"PATCH", "/config"}, new String[] {"PUT", "/config"},
                    new String[] {"POST", "/switchover"}, new String[] {"POST", "/failover"}, new String[] {"DELETE", "/switchover"},
                    new String[] {"POST", "/restart"}, new String[] {"DELETE", "/restart"}, new String[] {"POST", "/reinitialize"},
                    new String[] {"POST", "/cut"})) {
                assertEquals("403 client certificate required", ask(Optional.empty(), change[1], "-X", change[0], "-d", "{}"));
            }
            assertEquals(List.of(), fake.calls);
            assertEquals("refused", ask(Optional.of(stranger), "/patroni"));
            assertEquals("202 reload scheduled", ask(Optional.of(client), "/reload", "-X", "POST"));
            log.await("WARN restapi: refused a connection of /127.0.0.1:", "CN=operator", "test authority in other");
        }
    }

    @Test
    void requiredMeansNoConnectionWithoutACertificate() throws Exception {
        start(ClientCheck.REQUIRED);
        assertEquals("refused", ask(Optional.empty(), "/patroni"));
        assertEquals("refused", ask(Optional.of(stranger), "/patroni"));
        assertTrue(ask(Optional.of(client), "/patroni").startsWith("200 {"));
    }

    @Test
    void aRenewedCertificateIsShownWithoutARestart() throws Exception {
        Path own = Files.createTempDirectory(directory, "renewal");
        KeyFiles former = server;
        Files.copy(former.certificate(), own.resolve("s.crt"));
        Files.copy(former.key(), own.resolve("s.key"));
        server = new KeyFiles(own.resolve("s.crt"), own.resolve("s.key"), Optional.empty());
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            start(ClientCheck.NONE);
            String before = shown();
            Files.copy(renewed.key(), server.key(), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(renewed.certificate(), server.certificate(), StandardCopyOption.REPLACE_EXISTING);
            log.await("INFO restapi: new certificates are in force");
            assertTrue(!before.equals(shown()), before);
            assertTrue(ask(Optional.empty(), "/patroni").startsWith("200 {"));
        } finally {
            server = former;
        }
    }

    private String shown() throws Exception {
        String all = TestCertificates.run("openssl", "s_client", "-connect", "127.0.0.1:" + running.port(), "-showcerts");
        return all.substring(all.indexOf("-----BEGIN"), all.indexOf("-----END"));
    }
}
