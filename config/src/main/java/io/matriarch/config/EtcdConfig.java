package io.matriarch.config;

import java.util.List;
import java.util.Optional;

/**
 * The section {@code etcd} or {@code etcd3}: an external store, always spoken to as etcd v3.
 *
 * @param section  the name of the section in the file
 * @param hosts    where etcd is asked for first; may be empty with {@code srv}
 * @param tls      how connections are encrypted ({@code protocol: https}); absent: they are not
 * @param username the login, when there is one
 * @param fixed    only {@code hosts} are used: the addresses that etcd's members announce cannot be reached from here
 * @param srv      domain whose SRV records name the hosts
 */
public record EtcdConfig(String section, List<HostPort> hosts, Optional<ClientTls> tls, Optional<String> username,
                         Optional<Secret> password, boolean fixed, Optional<Srv> srv) {

    /** A domain to look for SRV records in, and what is put behind {@code _etcd-client} with a hyphen. */
    public record Srv(String domain, Optional<String> suffix) {
    }

    public EtcdConfig {
        hosts = List.copyOf(hosts);
    }

    /** In clear, without a login. */
    public EtcdConfig(String section, List<HostPort> hosts) {
        this(section, hosts, Optional.empty(), Optional.empty(), Optional.empty(), false, Optional.empty());
    }

    /** The scheme of the addresses. */
    public String scheme() {
        return tls.isPresent() ? "https" : "http";
    }
}
