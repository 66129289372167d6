package io.matriarch.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code raft}: the embedded consensus group.
 *
 * @param dataDir      where the log and the snapshots are
 * @param selfAddr     the address other peers reach this one at; absent: use the group without a peer of one's own
 * @param bindAddr     where to listen when it differs from {@code selfAddr}
 * @param partnerAddrs the other peers
 * @param leaderLease  lease of the leader key alone, never longer than {@code ttl}
 * @param group        identity of the group; by default the namespace
 * @param tls          absent: whoever reaches the port is believed
 * @param part         what the peer is in the group
 */
public record RaftConfig(Path dataDir, Optional<HostPort> selfAddr, Optional<HostPort> bindAddr,
                         List<HostPort> partnerAddrs, Duration leaderLease, String group, Optional<PeerTls> tls,
                         PeerPart part) {

    public RaftConfig {
        partnerAddrs = List.copyOf(partnerAddrs);
    }

    /** A voter that keeps its vote while it is stopped. */
    public RaftConfig(Path dataDir, Optional<HostPort> selfAddr, Optional<HostPort> bindAddr, List<HostPort> partnerAddrs,
                      Duration leaderLease, String group, Optional<PeerTls> tls) {
        this(dataDir, selfAddr, bindAddr, partnerAddrs, leaderLease, group, tls, PeerPart.VOTER);
    }

    /** The same with another part in the group. */
    public RaftConfig with(PeerPart other) {
        return new RaftConfig(dataDir, selfAddr, bindAddr, partnerAddrs, leaderLease, group, tls, other);
    }

    /** In plain text. */
    public RaftConfig(Path dataDir, Optional<HostPort> selfAddr, Optional<HostPort> bindAddr, List<HostPort> partnerAddrs,
                      Duration leaderLease, String group) {
        this(dataDir, selfAddr, bindAddr, partnerAddrs, leaderLease, group, Optional.empty());
    }
}
