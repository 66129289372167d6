package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
    private static final Duration WELCOME = Duration.ofMillis(100);
    private static final int MOST_THREADS = 64;
    private static final int MOST_BYTES = 1 << 20;

    private final Ticker ticker;
    private final Supplier<SSLSocketFactory> tls;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS,
            new SynchronousQueue<>(), task -> {
        Thread thread = new Thread(task, "peer-probe");
        thread.setDaemon(true);
        return thread;
    });

    /** @param tls for members whose URL begins with {@code https}; asked for only then */
    public HttpPeerProbe(Ticker ticker, Supplier<SSLSocketFactory> tls) {
        this.ticker = ticker;
        this.tls = tls;
    }

    @Override
    public Map<MemberName, PeerReport> ask(Map<MemberName, String> apiUrls, Set<MemberName> needed,
                                           Set<MemberName> welcome, Duration patience) {
        Answers answers = new Answers();
        apiUrls.forEach((name, url) -> {
            try {
                threads.execute(() -> answers.settle(name, fetch(name, url, patience)));
            } catch (RejectedExecutionException e) {
                LOG.debug("too many questions under way to ask {}", name, e);
                answers.settle(name, Optional.empty());
            }
        });
        Set<MemberName> needs = new HashSet<>(needed);
        needs.retainAll(apiUrls.keySet());
        Set<MemberName> everyone = new HashSet<>(needs);
        welcome.stream().filter(apiUrls::containsKey).forEach(everyone::add);
        return answers.await(needs, everyone, ticker, patience);
    }

    private Optional<PeerReport> fetch(MemberName name, String url, Duration patience) {
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
                String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/patroni" : uri.getRawPath();
                socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\nHost: " + host + ":" + port
                        + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                return PeerReports.parse(body(socket.getInputStream()), ticker.now());
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("no answer from {} at {}", name, url, e);
            return Optional.empty();
        }
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
    private static final class Answers {

        private final Map<MemberName, Optional<PeerReport>> settled = new HashMap<>();

        synchronized void settle(MemberName name, Optional<PeerReport> report) {
            settled.put(name, report);
            notifyAll();
        }

        synchronized Map<MemberName, PeerReport> await(Set<MemberName> needed, Set<MemberName> everyone,
                                                       Ticker ticker, Duration patience) {
            Tick begun = ticker.now();
            try {
                while (!settled.keySet().containsAll(everyone)) {
                    boolean enough = settled.keySet().containsAll(needed);
                    Duration limit = enough && WELCOME.compareTo(patience) < 0 ? WELCOME : patience;
                    long left = limit.minus(ticker.now().since(begun)).toMillis();
                    if (left <= 0) {
                        break;
                    }
                    wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Map<MemberName, PeerReport> came = new HashMap<>();
            settled.forEach((name, report) -> report.ifPresent(r -> came.put(name, r)));
            return came;
        }
    }
}
