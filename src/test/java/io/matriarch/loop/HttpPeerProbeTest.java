package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
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
import java.util.concurrent.CountDownLatch;
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

    @Test
    void aVoteThatIsLateCountsInTheNextRound() throws Exception {
        OperatorIntent.CutRequest request = new OperatorIntent.CutRequest(new Revision(7), C);
        CountDownLatch first = new CountDownLatch(1);
        try (ServerSocket voter = listener(); HttpPeerProbe probe = probe()) {
            serve(voter, "HTTP/1.0 200 OK\r\n\r\n{\"epoch\":7,\"timeline\":1,\"lsn\":99}", first);
            Map<MemberName, String> urls = Map.of(B, url(voter.getLocalPort()));
            assertEquals(Map.of(), probe.cut(urls, request, 1, Duration.ofMillis(30)).get());
            var second = probe.cut(urls, request, 1, Duration.ofSeconds(20));
            first.countDown();
            assertEquals(Map.of(B, new CutVote(new Revision(7), new Timeline(1), new Lsn(99))), second.get());
            assertEquals(Map.of(), probe.cut(urls, new OperatorIntent.CutRequest(new Revision(8), C), 1,
                    Duration.ofMillis(30)).get(), "it is no vote for a later epoch");
        }
    }

    @Test
    void aVoteOfAnotherEpochIsNone() throws IOException {
        try (ServerSocket voter = listener(); HttpPeerProbe probe = probe()) {
            serve(voter, "HTTP/1.0 200 OK\r\n\r\n{\"epoch\":6,\"timeline\":1,\"lsn\":99}");
            assertEquals(Map.of(), probe.cut(Map.of(B, url(voter.getLocalPort()), C, "not a url"),
                    new OperatorIntent.CutRequest(new Revision(7), C), 1, Duration.ofDays(1)).get());
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
        serve(listener, reply, new CountDownLatch(0));
    }

    private static void serve(ServerSocket listener, String reply, CountDownLatch when) {
        Thread thread = new Thread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getInputStream().read();
                when.await();
                socket.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
