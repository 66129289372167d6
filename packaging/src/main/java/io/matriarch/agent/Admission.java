package io.matriarch.agent;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.config.AgentConfig;
import io.matriarch.dcs.Dcs;
import io.matriarch.postgres.Postgres;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be known before the loop starts: that the store answers, and that no other agent runs under this name. When
 * PostgreSQL already runs the store is given only a moment, since then the loop has something to protect.
 */
final class Admission {

    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final int SAID_EVERY = 5;
    private static final int ANSWER_MILLIS = 1_000;

    private final Dcs dcs;
    private final AgentConfig config;
    private final Postgres postgres;
    private final Supplier<Optional<String>> silence;

    /** @param silence why the store does not answer, if that is known */
    Admission(Dcs dcs, AgentConfig config, Postgres postgres, Supplier<Optional<String>> silence) {
        this.silence = silence;
        this.dcs = dcs;
        this.config = config;
        this.postgres = postgres;
    }

    /** Waits. The process may be told to end meanwhile; the shutdown hook does not need the loop for that. */
    void await() throws StartupException {
        boolean protecting = postgres.observe(ATTEMPT).alive();
        for (int attempt = 0; ; attempt++) {
            Optional<ClusterView> view = dcs.view(Duration.ZERO, ATTEMPT);
            if (view.isPresent()) {
                refuseTwins(view.get());
                return;
            }
            if (protecting) {
                return;
            }
            if (attempt % SAID_EVERY == 0) {
                LOG.warn("Can not get cluster from dcs{}", silence.get().map(why -> ": " + why).orElse(""));
            }
        }
    }

    private void refuseTwins(ClusterView view) throws StartupException {
        Optional<String> url = view.member(new MemberName(config.name())).map(Member::record).flatMap(r -> r.apiUrl());
        String mine = "http://" + config.restapi().connectAddress() + "/patroni";
        if (url.isPresent() && !url.get().equals(mine) && answers(url.get())) {
            throw new StartupException("Can't start; there is already a node named '" + config.name() + "' running at "
                    + url.get() + ". Give this one another name, or stop the other");
        }
    }

    private static boolean answers(String url) {
        try (Socket socket = new Socket()) {
            URI uri = URI.create(url);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write("GET /liveness HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("nobody answers at {}", url, e);
            return false;
        }
    }
}
