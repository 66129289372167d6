package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.PeerTls;
import io.matriarch.config.RaftConfig;
import io.matriarch.tls.Refusals;
import io.matriarch.tls.TlsException;
import io.matriarch.tls.TlsIdentity;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContextBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * Mutual TLS on the Raft port. Both sides show a certificate of the authority of the peers; the one that is called must
 * name the host that was called, the one that calls a member of the group or a name that the configuration allows.
 *
 * <p>Members are the hosts of the configuration and those of the group as it is. Threads: any.
 */
final class PeerSecurity implements AutoCloseable {

    private static final String NAME = "raft";
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final TlsIdentity identity;
    private final Refusals refusals = new Refusals(NAME);
    private final Set<String> listed;
    private final SslContext client;
    private final PeerTrust trust;
    private volatile Supplier<Collection<HostPort>> group = List::of;

    private PeerSecurity(TlsIdentity identity, Set<String> listed) throws TlsException, SSLException {
        this.identity = identity;
        this.listed = Set.copyOf(listed);
        this.trust = new PeerTrust(identity.trust(), this::members, refusals);
        this.client = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK).keyManager(identity.keys())
                .trustManager(trust).protocols(PROTOCOLS).build();
    }

    /**
     * For connections to peers; empty when they are in plain text.
     *
     * @throws TlsException when the files cannot be used
     */
    static Optional<PeerSecurity> open(Optional<PeerTls> config, Collection<HostPort> peers) throws TlsException {
        if (config.isEmpty()) {
            return Optional.empty();
        }
        Set<String> listed = new TreeSet<>();
        peers.forEach(peer -> listed.add(PeerTrust.plain(peer.host())));
        config.get().allowedNames().forEach(name -> listed.add(PeerTrust.plain(name)));
        TlsIdentity identity = TlsIdentity.open(NAME, Optional.of(config.get().own()), Optional.of(config.get().authority()));
        try {
            return Optional.of(new PeerSecurity(identity, listed));
        } catch (SSLException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }

    /** For a peer: files that change are taken, and refused callers are told of. */
    static Optional<PeerSecurity> ofPeer(RaftConfig config) throws RaftStartException {
        try {
            List<HostPort> known = Stream.concat(config.selfAddr().stream(), config.partnerAddrs().stream()).toList();
            Optional<PeerSecurity> security = open(config.tls(), known);
            security.ifPresent(s -> s.identity.watched());
            return security;
        } catch (TlsException e) {
            throw new RaftStartException("raft: " + e.getMessage(), e);
        }
    }

    /** @param peers the group as it is; called by threads of connections */
    void membersFrom(Supplier<Collection<HostPort>> peers) {
        this.group = peers;
    }

    private Set<String> members() {
        Set<String> all = new TreeSet<>(listed);
        group.get().forEach(peer -> all.add(PeerTrust.plain(peer.host())));
        return all;
    }

    /** What a certificate of this node does not name although it should, for a word at the start. */
    Optional<String> mismatch(HostPort own) {
        return identity.certificate().map(PeerTrust::names).filter(names -> !names.contains(PeerTrust.plain(own.host())))
                .map(names -> "the certificate of this node names " + names + " and not " + own.host()
                        + ", the host of raft.self_addr: the other peers will refuse it");
    }

    /** For Ratis: both directions. */
    GrpcTlsConfig ratis() {
        return GrpcTlsConfig.newBuilder().setKeyManager(identity.keys()).setTrustManager(trust).setMutualTls(true)
                .setSslProvider(SslProvider.JDK).setProtocols(PROTOCOLS).build();
    }

    /** Lets a server tell of callers that it refuses. */
    NettyServerBuilder listening(NettyServerBuilder builder) {
        return builder.channelFactory(() -> new WatchedListener(refusals));
    }

    /** For the calls beside Ratis. */
    SslContext client() {
        return client;
    }

    @Override
    public void close() {
        identity.close();
    }
}
