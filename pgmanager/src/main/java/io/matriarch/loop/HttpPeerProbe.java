package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.config.Credentials;
import io.matriarch.config.Secret;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks over HTTP, everyone at once, each on a thread of its own that lives for the question. A member that drops packets
 * costs its thread the patience and nobody else anything.
 */
public final class HttpPeerProbe implements PeerProbe {

    private static final Logger LOG = LoggerFactory.getLogger(HttpPeerProbe.class);
    private static final Duration WELCOME = Duration.ofMillis(40);
    /** A vote may come while the next round waits for it. */
    private static final Duration LATEST_VOTE = Duration.ofMillis(1200);
    private static final int MOST_THREADS = 64;
    private static final int MOST_BYTES = 1 << 20;

    private final Ticker ticker;
    private final Supplier<SSLSocketFactory> tls;
    private final Optional<Credentials> login;
    /** Of the loop's thread alone, as {@link #cut} is. */
    private VoteRound round = new VoteRound(null);
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS,
            new SynchronousQueue<>(), task -> {
        Thread thread = new Thread(task, "peer-probe");
        thread.setDaemon(true);
        return thread;
    });

    /** As one that does not log in anywhere. */
    public HttpPeerProbe(Ticker ticker, Supplier<SSLSocketFactory> tls) {
        this(ticker, tls, Optional.empty());
    }

    /**
     * @param tls   for members whose URL begins with {@code https}; asked for only then
     * @param login what the members want to see before they let themselves be cut
     */
    public HttpPeerProbe(Ticker ticker, Supplier<SSLSocketFactory> tls, Optional<Credentials> login) {
        this.ticker = ticker;
        this.tls = tls;
        this.login = login;
    }

    @Override
    public Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                           Set<MemberName> welcome, Duration patience) {
        Answers<PeerReport> answers = new Answers<>();
        send(apiUrls, answers, (name, url) -> exchange(url, "GET", uri -> path(uri, "/patroni"), "", patience)
                .flatMap(body -> PeerReports.parse(body, ticker.now())));
        Set<MemberName> needs = new HashSet<>(needed);
        needs.retainAll(apiUrls.keySet());
        Set<MemberName> everyone = new HashSet<>(needs);
        welcome.stream().filter(apiUrls::containsKey).forEach(everyone::add);
        return answers.await(needs, everyone, ticker, patience);
    }

    @Override
    public Supplier<Map<MemberName, CutVote>> cut(Map<MemberName, String> apiUrls, OperatorIntent.CutRequest request,
                                                  int needed, Duration patience) {
        Tick end = ticker.now().plus(patience);
        if (!round.isOf(request)) {
            round = new VoteRound(request);
        }
        VoteRound votes = round;
        String question = PeerReports.question(request);
        apiUrls.forEach((name, url) -> {
            if (votes.ask(name)) {
                execute(() -> votes.settle(name, exchange(url, "POST", uri -> "/cut", question, LATEST_VOTE)
                        .flatMap(PeerReports::vote).orElse(null)), () -> votes.settle(name, null));
            }
        });
        return () -> {
            Map<MemberName, CutVote> came = votes.await(needed, ticker, end);
            came.keySet().retainAll(apiUrls.keySet());
            return came;
        };
    }

    @Override
    public Set<MemberName> failsafe(Map<MemberName, String> apiUrls, String question, Duration patience) {
        Answers<Boolean> answers = new Answers<>();
        send(apiUrls, answers, (name, url) -> exchange(url, "POST", uri -> "/failsafe", question, patience)
                .filter("Accepted"::equals).map(accepted -> true));
        return answers.await(apiUrls.keySet(), apiUrls.keySet(), ticker, patience).keySet();
    }

    private <T> void send(Map<MemberName, String> apiUrls, Answers<T> answers,
                          BiFunction<MemberName, String, Optional<T>> question) {
        apiUrls.forEach((name, url) -> execute(() -> answers.settle(name, question.apply(name, url)),
                () -> answers.settle(name, Optional.empty())));
    }

    private void execute(Runnable question, Runnable otherwise) {
        try {
            threads.execute(question);
        } catch (RejectedExecutionException e) {
            LOG.debug("too many questions under way for another one", e);
            otherwise.run();
        }
    }

    private static String path(URI uri, String otherwise) {
        return uri.getRawPath() == null || uri.getRawPath().isEmpty() ? otherwise : uri.getRawPath();
    }

    /** The body of the answer, whatever its status; empty when none came. */
    private Optional<String> exchange(String url, String method, Function<URI, String> path, String content,
                                      Duration patience) {
        int millis = (int) Math.max(1, patience.toMillis());
        try {
            URI uri = URI.create(url);
            boolean secure = "https".equalsIgnoreCase(uri.getScheme());
            int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
            String host = uri.getHost();
            if (host == null) {
                throw new IOException("no host in the URL");
            }
            try (Socket plain = new Socket()) {
                plain.setTcpNoDelay(true);
                plain.connect(new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port), millis);
                plain.setSoTimeout(millis);
                Socket socket = secure ? encrypted(plain, host, port) : plain;
                byte[] body = content.getBytes(StandardCharsets.UTF_8);
                String head = method + " " + path.apply(uri) + " HTTP/1.0\r\nHost: " + host + ":" + port
                        + "\r\nConnection: close\r\n" + (method.equals("POST") ? postHead(body.length) : "") + "\r\n";
                socket.getOutputStream().write((head + content).getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().flush();
                return Optional.of(body(socket.getInputStream()));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("no answer from {}", url, e);
            return Optional.empty();
        }
    }

    private String postHead(int length) {
        String authorization = login.map(c -> "Authorization: Basic " + Base64.getEncoder().encodeToString((c.username()
                + ":" + c.password().map(Secret::reveal).orElse("")).getBytes(StandardCharsets.UTF_8)) + "\r\n").orElse("");
        return "Content-Type: application/json\r\nContent-Length: " + length + "\r\n" + authorization;
    }

    private Socket encrypted(Socket plain, String host, int port) throws IOException {
        SSLSocket socket = (SSLSocket) tls.get().createSocket(plain, host, port, true);
        socket.startHandshake();
        return socket;
    }

    private static String body(InputStream in) throws IOException {
        String reply = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        int end = reply.indexOf("\r\n\r\n");
        if (end < 0 || !reply.startsWith("HTTP/1.")) {
            throw new IOException("not an HTTP reply");
        }
        return reply.substring(end + 4);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** The answers to one question as they come in. */
    private static final class Answers<T> {

        private final Map<MemberName, Optional<T>> settled = new HashMap<>();

        synchronized void settle(MemberName name, Optional<T> answer) {
            settled.put(name, answer);
            notifyAll();
        }

        /** Until everyone has settled, or those that are needed have and the others had a moment. */
        Map<MemberName, T> await(Set<MemberName> needed, Set<MemberName> everyone, Ticker ticker, Duration patience) {
            return await(ticker, () -> {
                if (settled.keySet().containsAll(everyone)) {
                    return Duration.ZERO;
                }
                boolean enough = settled.keySet().containsAll(needed);
                return enough && WELCOME.compareTo(patience) < 0 ? WELCOME : patience;
            });
        }

        private synchronized Map<MemberName, T> await(Ticker ticker, Supplier<Duration> limit) {
            Tick begun = ticker.now();
            try {
                for (long left = left(ticker, begun, limit); left > 0; left = left(ticker, begun, limit)) {
                    wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Map<MemberName, T> came = new HashMap<>();
            settled.forEach((name, answer) -> answer.ifPresent(a -> came.put(name, a)));
            return came;
        }

        private static long left(Ticker ticker, Tick begun, Supplier<Duration> limit) {
            return limit.get().minus(ticker.now().since(begun)).toMillis();
        }
    }
}
