package io.matriarch.etcd;

import io.matriarch.config.EtcdConfig;
import io.matriarch.config.HostPort;
import io.matriarch.etcd.Gateway.Repeat;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the members of etcd: first those of the configuration, then, now and again, those that the members name. Any thread. */
final class Discovery {

    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);
    private static final Duration EVERY = Duration.ofMinutes(5);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(3);

    private final Gateway gateway;
    private final boolean fixed;
    private final String scheme;
    private final AtomicLong due = new AtomicLong(System.nanoTime());

    Discovery(Gateway gateway, EtcdConfig config) {
        this.gateway = gateway;
        this.fixed = config.fixed();
        this.scheme = config.scheme();
    }

    /** @throws IOException when there is no address at all */
    static List<URI> first(EtcdConfig config) throws IOException {
        List<HostPort> hosts = new ArrayList<>(config.hosts());
        if (config.srv().isPresent()) {
            hosts.addAll(SrvRecords.of(config.srv().get(), config.tls().isPresent()));
        }
        if (hosts.isEmpty()) {
            throw new IOException("no address of etcd is known");
        }
        return hosts.stream().map(host -> URI.create(config.scheme() + "://" + host)).toList();
    }

    /** Asks in the background when it is time to; returns at once. */
    void whenDue() {
        long at = due.get();
        long now = System.nanoTime();
        if (fixed || now - at < 0 || !due.compareAndSet(at, now + EVERY.toNanos())) {
            return;
        }
        gateway.call("/v3/cluster/member/list", Json.object(), Repeat.FREELY, ANSWER).thenAccept(reply -> {
            if (reply instanceof Reply.Answer answer) {
                List<URI> found = new ArrayList<>();
                answer.body().path("members").forEach(member -> member.path("clientURLs").forEach(url -> add(found, url.asText())));
                gateway.endpoints().discovered(found);
            } else {
                LOG.debug("etcd did not name its members: {}", reply);
                due.set(now + AFTER_A_FAILURE.toNanos());
            }
        });
    }

    private void add(List<URI> found, String url) {
        try {
            URI uri = URI.create(url.replaceAll("/+$", ""));
            if (scheme.equals(uri.getScheme()) && uri.getHost() != null && !uri.getHost().equals("0.0.0.0")) {
                found.add(uri);
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("an address of etcd that is none: {}", url, e);
        }
    }
}
