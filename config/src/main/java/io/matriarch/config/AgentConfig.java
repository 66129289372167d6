package io.matriarch.config;

import java.util.Optional;

/**
 * Everything one agent was told by its file and its environment; the dynamic configuration of the store is not in it.
 *
 * @param scope      name of the PostgreSQL cluster; {@code cluster_name} and the last part of the key prefix
 * @param name       name of this member, unique in the cluster
 * @param namespace  key prefix before the scope, with a leading slash and without a trailing one
 * @param etcd       the external store, when the file names one instead of {@code raft}
 */
public record AgentConfig(String scope, String name, String namespace, RestApiConfig restapi, CtlConfig ctl,
                          BootstrapConfig bootstrap, PostgresqlConfig postgresql, Optional<RaftConfig> raft,
                          Optional<EtcdConfig> etcd, TagsConfig tags, WatchdogConfig watchdog, GuardMode guard,
                          LogConfig log, EtcdAdapterConfig etcdAdapter) {
}
