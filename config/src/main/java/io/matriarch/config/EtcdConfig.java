package io.matriarch.config;

import java.util.List;

/**
 * The section {@code etcd} or {@code etcd3}: an external store.
 *
 * @param section the name of the section in the file
 */
public record EtcdConfig(String section, List<HostPort> hosts) {

    public EtcdConfig {
        hosts = List.copyOf(hosts);
    }
}
