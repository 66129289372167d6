package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.Credentials;
import io.matriarch.config.HostPort;
import io.matriarch.config.RestApiConfig;
import io.matriarch.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The server as clients meet it: bytes through a socket. */
class RestServerTest {

    private static final String OK = "HTTP/1.1 200 OK";
    private static final String UNAVAILABLE = "HTTP/1.1 503 Service Unavailable";

    private FakePorts fake = new FakePorts(Situations.primary());
    private RestServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void healthCheckOfAnOldClientEndsTheConnection() throws IOException {
        start(open());
        String answer = untilClosed("GET /primary HTTP/1.0\r\n\r\n");
        assertTrue(answer.startsWith(OK + "\r\n"), answer);
        assertTrue(answer.contains("\r\nContent-Type: application/json\r\n"), answer);
        assertTrue(answer.endsWith("\"name\": \"a\"}}"), answer);
    }

    @Test
    void optionsAsAProxySendsThemGetAStatusLineOnly() throws IOException {
        start(open());
        String answer = untilClosed("OPTIONS / HTTP/1.0\r\n\r\n");
        assertTrue(answer.startsWith(OK + "\r\n"), answer);
        assertTrue(answer.endsWith("\r\n\r\n"), answer);
        assertFalse(answer.contains("Content-Type") || answer.contains("Server:") || answer.contains("Date:"), answer);
        assertTrue(untilClosed("OPTIONS /replica HTTP/1.0\r\n\r\n").startsWith(UNAVAILABLE));
    }

    @Test
    void headGetsAStatusLineOnlyAndKnowsHealthChecksAlone() throws IOException {
        start(open());
        for (String path : List.of("/", "/primary", "/leader", "/health")) {
            String answer = untilClosed("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertTrue(answer.startsWith(OK), path + answer);
            assertTrue(answer.endsWith("\r\n\r\n"), answer);
        }
        for (String path : List.of("/replica", "/patroni", "/liveness", "/readiness", "/config", "/cluster")) {
            assertTrue(untilClosed("HEAD " + path + " HTTP/1.0\r\n\r\n").startsWith(UNAVAILABLE), path);
        }
    }

    @Test
    void livenessAndReadinessHaveNoBody() throws IOException {
        start(open());
        for (String path : List.of("/liveness", "/readiness?lag=1MB")) {
            String answer = untilClosed("GET " + path + " HTTP/1.0\r\n\r\n");
            assertTrue(answer.startsWith(OK) && answer.endsWith("\r\n\r\n"), answer);
            assertFalse(answer.contains("Content-Type"), answer);
        }
    }

    @Test
    void aConnectionServesManyRequests() throws IOException {
        start(open());
        try (Socket socket = connect()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(200, ask(socket, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status());
                assertEquals(200, ask(socket, "GET /liveness HTTP/1.1\r\nHost: x\r\n\r\n").status());
                assertEquals(503, ask(socket, "OPTIONS /replica HTTP/1.1\r\nHost: x\r\n\r\n").status());
                assertEquals(200, ask(socket, "GET /cluster HTTP/1.1\r\nHost: x\r\n\r\n").status());
            }
        }
    }

    @Test
    void theLockIsComparedWithTheMomentOfTheCheck() throws IOException {
        start(open());
        assertEquals(200, get("/primary").status());
        fake.pass(Duration.ofSeconds(2));
        assertEquals(503, get("/primary").status());
        assertEquals(200, get("/health").status());
    }

    @Test
    void unknownPathsAreHealthChecksThatFail() throws IOException {
        start(open());
        for (String path : List.of("/nonsense", "//", "/x/%2e%2e/y%2f", "/x/..;/y")) {
            Answer answer = get(path);
            assertEquals(path.equals("//") ? 200 : 503, answer.status(), path);
            assertTrue(answer.body().startsWith("{\"state\": \"running\""), path);
        }
        assertEquals(200, get("/patroni/anything?x=%zz").status());
        assertEquals(200, get("///patroni").status());
    }

    @Test
    void unknownMethodsAreNotSupported() throws IOException {
        start(guarded());
        for (String line : List.of("POST /foo", "PUT /restart", "PATCH /", "DELETE /config", "TRACE /", "BREW /coffee")) {
            String answer = untilClosed(line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 501 "), line + answer);
            assertTrue(answer.contains("Server does not support this operation"), answer);
            assertTrue(answer.contains("Unsupported method ('" + line.split(" ")[0] + "')"), answer);
            assertTrue(answer.contains("Connection: close"), answer);
        }
    }

    @Test
    void malformedRequestsGetAPlainErrorPage() throws IOException {
        start(open());
        assertTrue(untilClosed("NONSENSE\r\n\r\n").startsWith("HTTP/1.1 400 "));
        assertTrue(untilClosed("GET / HTTP/7.0\r\n\r\n").matches("(?s)HTTP/1.1 (505|400) .*"));
        assertTrue(untilClosed("GET /" + "x".repeat(70_000) + " HTTP/1.1\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1 414 "));
        String tooMany = untilClosed("GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(70_000) + "\r\n\r\n");
        assertTrue(tooMany.startsWith("HTTP/1.1 431 "), tooMany);
        assertFalse(tooMany.toLowerCase(java.util.Locale.ROOT).contains("jetty"), tooMany);
    }

    @Test
    void unsafeRequestsNeedThePassword() throws IOException {
        start(guarded());
        Answer none = send("POST", "/reload", "", "");
        assertEquals("401 no auth header received", none.brief());
        assertEquals("Basic realm=\"Patroni\"", none.header("WWW-Authenticate"));
        assertEquals("401 not authenticated", send("POST", "/reload", basic("admin", "wrong"), "").brief());
        assertEquals("401 not authenticated", send("POST", "/reload", "Authorization: Bearer x\r\n", "").brief());
        assertEquals("401 no auth header received", send("PATCH", "/config", "", "{\"ttl\": 20}").brief());
        assertEquals("202 reload scheduled", send("POST", "/reload", basic("admin", "s3cret"), "").brief());
        assertEquals(List.of("reload"), fake.calls);
        assertEquals(200, get("/config").status(), "reading needs none");
    }

    @Test
    void unsafeRequestsComeFromTheAllowlist() throws IOException {
        start(allowing(List.of("10.0.0.0/8", "10.0.0.0/33", "x:y")));
        assertEquals("403 Access is denied", send("POST", "/reload", "", "").brief());
        assertEquals(200, get("/patroni").status());
        server.close();
        start(allowing(List.of("127.0.0.0/9")));
        assertEquals("202 reload scheduled", send("POST", "/reload", "", "").brief());
    }

    @Test
    void membersMayBeIncludedInTheAllowlist() throws IOException {
        RestApiConfig config = new RestApiConfig(loopback(0), loopback(8008), Optional.empty(), List.of(), true,
                Map.of(), "original");
        start(config);
        assertEquals("403 Access is denied", send("POST", "/reload", "", "").brief());
        fake.node.cluster.put(new io.matriarch.cluster.Member(Situations.B, new io.matriarch.cluster.Revision(1),
                withUrl("http://127.0.0.1:8008/patroni")));
        fake.publish();
        assertEquals("202 reload scheduled", send("POST", "/reload", "", "").brief());
    }

    @Test
    void bodiesAreCheckedBeforeAnythingHappens() throws IOException {
        start(open());
        assertEquals(411, raw("PATCH /config HTTP/1.0\r\n\r\n").status());
        for (String bad : List.of("", "{", "[]", "{}", "1", "\"x\"", "null", "{\"a\":1} x")) {
            assertEquals(400, send("PATCH", "/config", "", bad).status(), bad);
        }
        assertEquals(413, raw("PUT /config HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n").status());
        assertEquals(200, raw("PATCH /config HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "b\r\n{\"ttl\": 25}\r\n0\r\n\r\n").status());
        for (String bad : List.of("{", "[]", "1")) {
            assertEquals(400, send("POST", "/reinitialize", "", bad).status(), bad);
            assertEquals(400, send("POST", "/restart", "", bad).status(), bad);
        }
        assertEquals(List.of("config {ttl=25, loop_wait=10} if Optional[7]", "wake"),
                fake.calls.stream().map(c -> c.replace("{loop_wait=10, ttl=25}", "{ttl=25, loop_wait=10}")).toList());
    }

    @Test
    void errorsSayNothingOfTheInside() throws IOException {
        fake.control = () -> {
            throw new IllegalStateException("password=s3cret");
        };
        start(open());
        Answer answer = send("POST", "/restart", "", "");
        assertEquals("500 internal error, see the log of this agent", answer.brief());
        assertEquals("text/html", answer.header("Content-Type"));
    }

    @Test
    void aStoreThatDoesNotAnswerIsSaid() throws IOException {
        fake.storeAnswers = false;
        start(open());
        assertEquals("503 the state of the cluster cannot be read: the store did not answer within 5 seconds",
                get("/cluster").brief());
        assertEquals(200, get("/config").status(), "known from the last tick");
        fake.pass(Situations.TTL);
        assertEquals(503, get("/config").status());
        assertEquals(503, get("/history").status());
    }

    @Test
    void slowRequestsDoNotHoldUpHealthChecks() throws IOException, InterruptedException {
        CountDownLatch begun = new CountDownLatch(8);
        CountDownLatch end = new CountDownLatch(1);
        fake.control = () -> {
            begun.countDown();
            await(end);
            return new io.matriarch.loop.AgentControl.Reply(true, "");
        };
        start(open());
        Socket[] waiting = new Socket[48];
        try {
            for (int i = 0; i < waiting.length; i++) {
                waiting[i] = connect();
                write(waiting[i], "POST /restart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            }
            await(begun);
            assertEquals(200, get("/primary").status());
            int refused = 0;
            end.countDown();
            for (Socket socket : waiting) {
                refused += read(socket).status() == 503 ? 1 : 0;
            }
            assertTrue(refused >= 1, "more than can wait");
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void extraHeadersAndServerTokens() throws IOException {
        start(new RestApiConfig(loopback(0), loopback(8008), Optional.empty(), List.of(), false,
                Map.of("X-Frame-Options", "DENY"), "Minimal"));
        Answer answer = get("/patroni");
        assertEquals("DENY", answer.header("X-Frame-Options"));
        assertEquals("Patroni/4.1.4", answer.header("Server"));
        assertEquals("Sat, 01 Jun 2024 12:00:00 GMT", answer.header("Date"));
        assertEquals("", get("/liveness").header("X-Frame-Options"));
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HostPort listen = loopback(taken.getLocalPort());
            IOException e = assertThrows(IOException.class, () -> RestServer.start(config(listen), fake.ports()));
            assertEquals("restapi.listen: cannot listen on " + listen + ": Address already in use. Stop the process that has"
                    + " the port, or set restapi.listen to an address of this machine with a free port", e.getMessage());
        }
        IOException e = assertThrows(IOException.class,
                () -> RestServer.start(config(new HostPort("x:y", 20_000)), fake.ports()));
        assertTrue(e.getMessage().contains("restapi.listen") && e.getMessage().contains("unknown host name"), e.getMessage());
    }

    @Test
    void everyAddressIsListenedOnAndIpv4ClientsStayIpv4Clients() throws IOException {
        start(new RestApiConfig(new HostPort("*", 0), loopback(8008), Optional.empty(), List.of("127.0.0.1"), false, Map.of(),
                "original"));
        assertEquals(200, get("/health").status());
        assertEquals("202 reload scheduled", send("POST", "/reload", "", "").brief());
    }

    private static io.matriarch.cluster.Member.MemberRecord withUrl(String url) {
        io.matriarch.cluster.Member.MemberRecord r = Situations.member("b", Map.of(), Map.of()).record();
        return new io.matriarch.cluster.Member.MemberRecord(r.connUrl(), Optional.of(url), r.state(), r.role(), r.version(),
                r.xlogLocation(), r.receiveLsn(), r.replayLsn(), r.replicationState(), r.timeline(), r.pause(), r.tags(), r.extra());
    }

    private void start(RestApiConfig config) throws IOException {
        server = RestServer.start(config, fake.ports());
    }

    private static HostPort loopback(int port) {
        return new HostPort("127.0.0.1", port);
    }

    private static RestApiConfig open() {
        return config(loopback(0));
    }

    private static RestApiConfig config(HostPort listen) {
        return new RestApiConfig(listen, loopback(8008), Optional.empty(), List.of(), false, Map.of(), "original");
    }

    private static RestApiConfig guarded() {
        return new RestApiConfig(loopback(0), loopback(8008),
                Optional.of(new Credentials("admin", Optional.of(new Secret("s3cret")), Map.of())), List.of(), false,
                Map.of(), "original");
    }

    private static RestApiConfig allowing(List<String> entries) {
        return new RestApiConfig(loopback(0), loopback(8008), Optional.empty(), entries, false, Map.of(), "original");
    }

    private static String basic(String user, String password) {
        return "Authorization: Basic " + Base64.getEncoder()
                .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    private Answer get(String path) throws IOException {
        return raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    private Answer send(String method, String path, String headers, String body) throws IOException {
        return raw(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    private Answer raw(String request) throws IOException {
        try (Socket socket = connect()) {
            return ask(socket, request);
        }
    }

    private String untilClosed(String request) throws IOException {
        try (Socket socket = connect()) {
            write(socket, request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static Answer ask(Socket socket, String request) throws IOException {
        write(socket, request);
        return read(socket);
    }

    private static void write(Socket socket, String request) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Reads one reply with a Content-Length from a connection that may stay open. */
    private static Answer read(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) c);
        }
        Answer bare = new Answer(head.toString(), "");
        String length = bare.header("Content-Length");
        byte[] body = in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
        return new Answer(head.toString(), new String(body, StandardCharsets.UTF_8));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, java.util.concurrent.TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** @param head status line and headers */
    private record Answer(String head, String body) {

        int status() {
            return Integer.parseInt(head.split(" ")[1]);
        }

        String brief() {
            return status() + " " + body;
        }

        String header(String name) {
            return head.lines().filter(l -> l.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                    .map(l -> l.substring(name.length() + 2)).findFirst().orElse("");
        }
    }
}
