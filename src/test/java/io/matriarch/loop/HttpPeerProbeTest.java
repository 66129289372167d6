package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;

/** Asking other members, and reading what they answer. */
class HttpPeerProbeTest {

    private static final MemberName B = new MemberName("b");
    private static final MemberName C = new MemberName("c");
    private static final Tick NOW = new Tick(5);

    @Test
    void aReplicaIsAsFarAsTheLaterOfReceivedAndReplayed() {
        PeerReport report = PeerReports.parse("{\"state\":\"running\",\"role\":\"replica\",\"xlog\":{"
                + "\"received_location\":67108960,\"replayed_location\":67108864},\"timeline\":3,"
                + "\"tags\":{\"nofailover\":true,\"failover_priority\":2}}", NOW).orElseThrow();
        assertEquals(new PeerReport(NOW, true, PostgresRole.REPLICA, new Lsn(67108960), new Timeline(3), false,
                Map.of("nofailover", true, "failover_priority", 2L)), report);
    }

    @Test
    void aLocationMeansAPrimaryWhateverTheRoleSays() {
        PeerReport report = PeerReports.parse("{\"role\":\"replica\",\"xlog\":{\"location\":9}}", NOW).orElseThrow();
        assertEquals(PostgresRole.PRIMARY, report.role());
        assertTrue(report.running());
    }

    @Test
    void withoutPositionsAServerDoesNotRun() {
        assertFalse(PeerReports.parse("{\"state\":\"stopped\",\"role\":\"demoted\"}", NOW).orElseThrow().running());
    }

    @Test
    void thePatroniOfOldDaysIsUnderstood() {
        PeerReport report = PeerReports.parse("{\"role\":\"master\",\"wal\":{\"location\":9},\"watchdog_failed\":true}",
                NOW).orElseThrow();
        assertEquals(PostgresRole.PRIMARY, report.role());
        assertTrue(report.watchdogFailed());
    }

    @Test
    void otherDocumentsAreNoAnswer() {
        for (String text : new String[] {"", "[]", "{}", "null", "<html>", "{\"role\":"}) {
            assertEquals(Optional.empty(), PeerReports.parse(text, NOW), text);
        }
    }

    @Test
    void answersOfThoseWhoAnswer() throws IOException {
        try (ServerSocket peer = listener(); ServerSocket refused = listener();
             HttpPeerProbe probe = probe()) {
            int closedPort = refused.getLocalPort();
            refused.close();
            serve(peer, "HTTP/1.0 503 Service Unavailable\r\nContent-Type: application/json\r\n\r\n"
                    + "{\"role\":\"replica\",\"xlog\":{\"received_location\":7,\"replayed_location\":7}}");
            Map<MemberName, PeerReport> answers = probe.ask(Map.of(B, url(peer.getLocalPort()), C, url(closedPort)),
                    Set.of(B, C), Set.of(), Duration.ofSeconds(20));
            assertEquals(Set.of(B), answers.keySet());
            assertEquals(new Lsn(7), answers.get(B).position());
        }
    }

    @Test
    void onlyThoseNeededAreWaitedFor() throws IOException {
        try (ServerSocket peer = listener(); ServerSocket silent = listener(); HttpPeerProbe probe = probe()) {
            serve(peer, "HTTP/1.0 200 OK\r\n\r\n{\"role\":\"replica\",\"xlog\":{\"replayed_location\":7}}");
            Map<MemberName, PeerReport> answers = probe.ask(
                    Map.of(B, url(peer.getLocalPort()), C, url(silent.getLocalPort())), Set.of(B), Set.of(C),
                    Duration.ofDays(1));
            assertEquals(Set.of(B), answers.keySet(), "C never answers and patience is a day");
        }
    }

    @Test
    void patienceEnds() throws IOException {
        try (ServerSocket silent = listener(); HttpPeerProbe probe = probe()) {
            assertEquals(Map.of(), probe.ask(Map.of(C, url(silent.getLocalPort()), B, "not a url"), Set.of(B, C),
                    Set.of(), Duration.ofMillis(50)));
        }
    }

    private static HttpPeerProbe probe() {
        return new HttpPeerProbe(Ticker.system(), () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    private static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port + "/patroni";
    }

    private static void serve(ServerSocket listener, String reply) {
        Thread thread = new Thread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getInputStream().read();
                socket.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
