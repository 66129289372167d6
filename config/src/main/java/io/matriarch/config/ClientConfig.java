package io.matriarch.config;

import java.util.Optional;

/**
 * What a command-line tool needs of a file, which may be an agent's or one made for tools alone: every part may be
 * missing.
 *
 * @param scope   the PostgreSQL cluster
 * @param restapi {@code connect_address} of the REST API of the member the file belongs to
 * @param ctl     the login for the REST API: that of {@code ctl}, else that of {@code restapi}
 */
public record ClientConfig(Optional<String> scope, String namespace, Optional<HostPort> restapi, CtlConfig ctl,
                           Optional<RaftConfig> raft, Optional<EtcdConfig> etcd) {
}
