package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.DefaultThreadFactory;

/** The connections of one process, one for each address. */
final class PeerLinks implements AutoCloseable {

    private final NioEventLoopGroup events = new NioEventLoopGroup(1, new DefaultThreadFactory("raft-link", true));
    private final Map<HostPort, PeerLink> links = new ConcurrentHashMap<>();
    private final Executor replies;
    private final Optional<PeerSecurity> security;

    /** In plain text. */
    PeerLinks(Executor replies) {
        this(replies, Optional.empty());
    }

    /** @param security closed with this */
    PeerLinks(Executor replies, Optional<PeerSecurity> security) {
        this.replies = replies;
        this.security = security;
        TransportLogging.quiet();
    }

    PeerLink to(HostPort address) {
        return links.computeIfAbsent(address, a -> new PeerLink(a, events, replies, security.map(PeerSecurity::client)));
    }

    @Override
    public void close() {
        links.values().forEach(PeerLink::close);
        security.ifPresent(PeerSecurity::close);
        events.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS);
    }
}
