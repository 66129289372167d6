package io.matriarch.config;

import java.util.Optional;

/**
 * The section {@code etcd_adapter}: where etcd's own clients find the store.
 *
 * @param enabled        false: there is no adapter
 * @param listen         its address; gRPC and JSON share it
 * @param connectAddress where clients on other hosts reach it, when that is not {@code listen}
 * @param openWrites     everybody may write as long as the group has not enabled authentication, as with etcd
 * @param rootPassword   of etcd's user {@code root}, for a group that has no users yet: the member then makes the user and
 *                       enables authentication
 */
public record EtcdAdapterConfig(boolean enabled, HostPort listen, Optional<HostPort> connectAddress, boolean openWrites,
                                Optional<Secret> rootPassword, Optional<ServerTls> tls) {

    /** In plain text, closed to writes of strangers. */
    public EtcdAdapterConfig(boolean enabled, HostPort listen, Optional<HostPort> connectAddress) {
        this(enabled, listen, connectAddress, false, Optional.empty(), Optional.empty());
    }

    /** Where clients reach it; for an adapter that listens everywhere, the host that the peer is known by. */
    public HostPort advertised(Optional<HostPort> peer) {
        HostPort own = listen.isWildcard() ? new HostPort(peer.map(HostPort::host).orElse("127.0.0.1"), listen.port()) : listen;
        return connectAddress.orElse(own);
    }
}
