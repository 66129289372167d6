package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.HostPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JSON gateway: the calls that Patroni makes, streams, locks and elections, and what is refused. */
class GatewayIT {

    @TempDir
    private static Path directory;
    private static TestServer server;
    private static JsonClient client;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(directory.resolve("raft"));
        client = new JsonClient(server.url());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String key(String text) {
        return JsonClient.base64(text);
    }

    private static String field(String body, String name) {
        return body.replaceAll("(?s).*?\"" + name + "\":\"(-?[^\"]*)\".*", "$1");
    }

    private static String post(String path, String body) throws Exception {
        JsonClient.Reply reply = client.post(path, body);
        assertEquals(200, reply.status(), () -> path + " " + body + ": " + reply);
        return reply.body();
    }

    @Test
    @Timeout(30)
    void aPatroniFindsTheVersionAndTheMembers() throws Exception {
        String version = client.get("/version").body();
        assertTrue(version.matches("\\{\"etcdserver\":\"3\\.5\\.\\d+\",\"etcdcluster\":\"3\\.5\\.0\"}"), version);
        // a member tells the others where it is found once the group can be written to
        while (!post("/v3/cluster/member/list", "{}").contains("\"clientURLs\":[\"" + server.url() + "\"]")) {
            Thread.sleep(20);
        }
        assertEquals(412, client.post("/v3/auth/authenticate", "{\"name\":\"a\",\"password\":\"b\"}").status());
        assertEquals("{\"health\":\"true\"}", client.get("/health").body());
    }

    @Test
    void aPatroniTakesTheLeaderKeyAndKeepsIt() throws Exception {
        String leader = key("/service/demo/leader");
        String lease = field(post("/v3/lease/grant", "{\"TTL\":30}"), "ID");
        String take = "{\"compare\":[{\"target\":\"CREATE\",\"create_revision\":\"0\",\"key\":\"" + leader + "\"}],\"success\":[{\"request_put\":{"
                + "\"key\":\"" + leader + "\",\"value\":\"" + key("a") + "\",\"lease\":\"" + lease + "\"}}]}";
        String taken = post("/v3/kv/txn", take);
        assertTrue(taken.contains("\"succeeded\":true"), taken);
        assertFalse(post("/v3/kv/txn", take).contains("succeeded"));
        String kv = post("/v3/kv/range", "{\"key\":\"" + key("/service/demo/") + "\",\"range_end\":\"" + key("/service/demo0") + "\",\"serializable\":false}");
        assertEquals(field(taken, "revision"), field(kv, "mod_revision"));
        assertEquals(lease, field(kv, "lease"));
        String update = "{\"compare\":[{\"target\":\"VALUE\",\"value\":\"" + key("b") + "\",\"key\":\"" + leader + "\"}],\"success\":[{\"request_put\":{"
                + "\"key\":\"" + leader + "\",\"value\":\"" + key("b") + "\"}}],\"failure\":[{\"request_txn\":{\"compare\":[{\"target\":\"CREATE\","
                + "\"create_revision\":\"0\",\"key\":\"" + leader + "\"}],\"success\":[{\"request_put\":{\"key\":\"" + leader + "\"}}]}}]}";
        assertTrue(post("/v3/kv/txn", update).contains("\"responses\":[{\"response_txn\":{\"header\":{}}}]"));
        assertEquals("30", field(post("/v3/lease/keepalive", "{\"ID\":\"" + lease + "\"}"), "TTL"));
        post("/v3/lease/revoke", "{\"ID\":\"" + lease + "\"}");
        assertFalse(post("/v3/lease/keepalive", "{\"ID\":\"" + lease + "\"}").contains("TTL"), "an ended lease has none");
        assertFalse(post("/v3/kv/range", "{\"key\":\"" + leader + "\"}").contains("kvs"));
        assertEquals(new JsonClient.Reply(404, "{\"error\":\"etcdserver: requested lease not found\",\"message\":"
                + "\"etcdserver: requested lease not found\",\"code\":5}"),
                client.post("/v3/kv/put", "{\"key\":\"" + leader + "\",\"lease\":\"" + lease + "\"}"));
    }

    @Test
    void aWatchIsOneLineForEachMessageAndEndsWithTheConnection() throws Exception {
        HostPort at = HostPort.parse(server.endpoint(), 0);
        String body = "{\"create_request\":{\"key\":\"" + key("watched") + "\",\"filters\":[]}}";
        try (Socket socket = new Socket(at.host(), at.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(("POST /v3/watch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertEquals("HTTP/1.1 200 OK", lines.readLine());
            List<String> head = new ArrayList<>();
            for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
                head.add(line.toLowerCase(java.util.Locale.ROOT));
            }
            assertTrue(head.contains("transfer-encoding: chunked"), head::toString);
            assertTrue(document(lines).contains("\"created\":true"));
            post("/v3/kv/put", "{\"key\":\"" + key("watched") + "\",\"value\":\"" + key("1") + "\"}");
            post("/v3/kv/deleterange", "{\"key\":\"" + key("watched") + "\"}");
            String put = document(lines);
            assertTrue(put.contains("\"events\":[{\"kv\":{\"key\":\"" + key("watched") + "\",\"create_revision\":"), put);
            String deleted = document(lines);
            assertTrue(deleted.matches(".*\"events\":\\[\\{\"type\":\"DELETE\",\"kv\":\\{\"key\":\"[^\"]+\",\"mod_revision\":\"\\d+\"}}].*"), deleted);
        }
    }

    private static String document(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (!line.startsWith("{")) {
            line = lines.readLine();
        }
        return line;
    }

    @Test
    @Timeout(60)
    void aLockPassesToTheNextWhenItIsGivenUp() throws Exception {
        String first = field(post("/v3/lock/lock", "{\"name\":\"" + key("mutex") + "\"}"), "key");
        CompletableFuture<String> second = CompletableFuture.supplyAsync(() -> {
            try {
                return field(post("/v3/lock/lock", "{\"name\":\"" + key("mutex") + "\"}"), "key");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        while (!post("/v3/kv/range", "{\"key\":\"" + key("mutex/") + "\",\"range_end\":\"" + key("mutex0") + "\"}").contains("\"count\":\"2\"")) {
            Thread.sleep(20);
        }
        assertFalse(second.isDone());
        post("/v3/lock/unlock", "{\"key\":\"" + first + "\"}");
        assertFalse(first.equals(second.get(20, TimeUnit.SECONDS)));
        assertEquals("{\"error\":\"etcdserver: requested lease not found\",\"message\":\"etcdserver: requested lease not found\",\"code\":2}",
                client.post("/v3/lock/lock", "{\"name\":\"" + key("mutex") + "\",\"lease\":\"77\"}").body());
    }

    @Test
    void anElectionHasALeaderWhoCanSpeakAndGo() throws Exception {
        String name = "\"name\":\"" + key("office") + "\"";
        assertEquals(500, client.post("/v3/election/leader", "{" + name + "}").status());
        String won = post("/v3/election/campaign", "{" + name + ",\"value\":\"" + key("me") + "\"}");
        String leader = won.replaceAll(".*\"leader\":(\\{[^}]*}).*", "$1");
        assertEquals(key("me"), field(post("/v3/election/leader", "{" + name + "}"), "value"));
        post("/v3/election/proclaim", "{\"leader\":" + leader + ",\"value\":\"" + key("more") + "\"}");
        assertEquals(key("more"), field(post("/v3/election/leader", "{" + name + "}"), "value"));
        post("/v3/election/resign", "{\"leader\":" + leader + "}");
        assertTrue(client.post("/v3/election/proclaim", "{\"leader\":" + leader + "}").body().contains("election: not leader"));
        assertTrue(client.post("/v3/election/resign", "{}").body().contains("\\\"leader\\\" field must be provided"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/v3/kv/range | {\"key\":\"!\"} | 400 | \"code\":3",
        "/v3/kv/range | {\"key\":\"YQ==\",\"revision\":\"99999999999999999999\"} | 400 | \"code\":3",
        "/v3/kv/range | {\"key\":\"YQ==\",\"revision\":\"999999\"} | 400 | etcdserver: mvcc: required revision is a future revision",
        "/v3/kv/range | {\"key\":\"YQ==\",\"sort_order\":7} | 400 | etcdserver: invalid sort option",
        "/v3/kv/range | {\"key\":[1]} | 400 | \"code\":3",
        "/v3/kv/txn | {\"success\":[{}]} | 400 | etcdserver: key not found",
        "/v3/kv/range | {} | 400 | etcdserver: key is not provided",
        "/v3/lease/grant | {\"TTL\":\"9000000001\"} | 400 | etcdserver: too large lease TTL",
        "/v3/maintenance/transfer-leadership | {\"targetID\":\"5\"} | 412 | etcdserver: bad leader transferee",
        "/v3/maintenance/hashkv | {\"revision\":\"999999\"} | 400 | future revision",
        "/v3/nothing | {} | 404 | Not Found",
        "/v2/keys/x | {} | 404 | not found",
        "/v3/kv/range | [[[[ | 400 | \"code\":3"})
    void mistakesAreNamed(String path, String body, int status, String part) throws Exception {
        JsonClient.Reply reply = client.post(path, body);
        assertEquals(status, reply.status(), reply::body);
        assertTrue(reply.body().contains(part), reply::body);
    }

    @Test
    void webPagesFromElsewhereAreRefused() throws Exception {
        String body = "{\"key\":\"YQ==\",\"value\":\"YQ==\"}";
        assertEquals(403, client.post("/v3/kv/put", body, "Origin", "http://evil.example").status());
        assertEquals(200, client.post("/v3beta/kv/put", body, "Origin", server.url()).status());
        assertEquals(405, client.get("/v3/kv/put").status());
    }
}
