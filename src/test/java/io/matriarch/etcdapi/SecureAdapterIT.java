package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ClientCheck;
import io.matriarch.config.KeyFiles;
import io.matriarch.tls.CertificateAuthority.Use;
import io.matriarch.tls.LogLines;
import io.matriarch.tls.TestCertificates;
import io.matriarch.tls.TlsIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** etcd's clients over TLS, with certificates of all kinds. */
class SecureAdapterIT {

    private static final String BODY = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

    @TempDir
    private static Path directory;
    private static TestCertificates ours;
    private static KeyFiles root;
    private static KeyFiles app;
    private static KeyFiles stranger;
    private static TlsIdentity identity;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        ours = TestCertificates.in(directory);
        KeyFiles own = ours.local("server", "node1");
        root = ours.issue("root", "root", List.of(), Use.CLIENT);
        app = ours.issue("app", "app", List.of(), Use.CLIENT);
        stranger = TestCertificates.in(Files.createDirectory(directory.resolve("other"))).issue("root", "root", List.of(), Use.CLIENT);
        identity = TlsIdentity.open("etcd_adapter", Optional.of(own), Optional.of(ours.ca()));
        server = TestServer.start(directory.resolve("raft"), false, Optional.of(identity), ClientCheck.OPTIONAL);
    }

    @AfterAll
    static void stop() {
        server.close();
        identity.close();
    }

    private static Etcdctl as(TestServer at, Optional<KeyFiles> own) {
        Etcdctl plain = Etcdctl.at("https://" + at.endpoint()).with("--cacert=" + ours.ca(), "--command-timeout=3s");
        return own.map(o -> plain.with("--cert=" + o.certificate(), "--key=" + o.key())).orElse(plain);
    }

    private static String curl(TestServer at, Optional<KeyFiles> own, String... more) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("curl", "-s", "--max-time", "20", "--cacert", ours.ca().toString()));
        own.ifPresent(o -> command.addAll(List.of("--cert", o.certificate().toString(), "--key", o.key().toString())));
        command.addAll(List.of("-d", BODY, "https://" + at.endpoint() + "/v3/kv/put"));
        command.addAll(List.of(more));
        return TestCertificates.run(command.toArray(String[]::new));
    }

    @Test
    void whoHasACertificateMayWriteBothWaysWhileNobodyIsAsked() throws Exception {
        assertEquals("OK\n", as(server, Optional.of(app)).run("put", "b", "1").ok());
        assertEquals("b\n1\n", as(server, Optional.empty()).run("get", "b").ok());
        assertTrue(as(server, Optional.empty()).run("put", "b", "2").refused().contains("etcdserver: user name is empty"));
        assertTrue(curl(server, Optional.of(app)).contains("revision"));
        assertTrue(curl(server, Optional.of(app), "--http1.1").contains("revision"));
        assertTrue(curl(server, Optional.empty()).contains("user name is empty"));
        assertEquals("https://" + server.endpoint(), as(server, Optional.empty()).run("member", "list", "-w", "json").ok()
                .replaceAll("(?s).*\"clientURLs\":\\[\"([^\"]*)\".*", "$1"));
    }

    @Test
    void theMetricsTellWhenTheCertificateEnds() throws Exception {
        String page = TestCertificates.run("curl", "-s", "--cacert", ours.ca().toString(), "https://" + server.endpoint() + "/metrics");
        String line = "matriarch_certificate_end_seconds{certificate=\"etcd_adapter\"} " + identity.end().orElseThrow().getEpochSecond();
        assertTrue(page.contains(line), page);
    }

    @Test
    void aStrangersCertificateAndPlainTextAreRefusedAndToldOf() throws Exception {
        try (LogLines log = new LogLines("io.matriarch.tls")) {
            assertTrue(as(server, Optional.of(stranger)).run("get", "b").code() != 0);
            log.await("WARN etcd_adapter: refused a connection of /127.0.0.1:", "CN=root", "test authority in other");
            assertTrue(Etcdctl.at(server.endpoint()).with("--command-timeout=2s").run("get", "b").code() != 0);
            log.await("WARN etcd_adapter: refused a connection of /127.0.0.1:", "it does not speak TLS");
        }
    }

    @Test
    void theCommonNameIsTheUserButNotThroughTheGateway() throws Exception {
        try (TestServer strict = TestServer.start(directory.resolve("users"), false, Optional.of(identity), ClientCheck.REQUIRED)) {
            Etcdctl asRoot = as(strict, Optional.of(root));
            asRoot.run("user", "add", "root", "--no-password").ok();
            asRoot.run("user", "grant-role", "root", "root").ok();
            asRoot.run("auth", "enable").ok();
            asRoot.run("role", "add", "apps").ok();
            asRoot.run("role", "grant-permission", "apps", "readwrite", "app/", "--prefix").ok();
            asRoot.run("user", "add", "app", "--no-password").ok();
            asRoot.run("user", "grant-role", "app", "apps").ok();
            Etcdctl asApp = as(strict, Optional.of(app));
            assertEquals("OK\n", asApp.run("put", "app/a", "1").ok());
            assertTrue(asApp.run("put", "other", "1").refused().contains("etcdserver: permission denied"));
            assertTrue(asApp.run("user", "list").refused().contains("etcdserver: permission denied"));
            assertEquals("app/a\n1\n", asRoot.run("get", "app/a").ok());
            assertTrue(curl(strict, Optional.of(root)).contains("user name is empty"));
            assertTrue(as(strict, Optional.empty()).run("get", "app/a").code() != 0, "required means required");
        }
    }
}
