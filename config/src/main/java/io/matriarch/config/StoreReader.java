package io.matriarch.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the sections that say where the cluster's state is: {@code raft}, {@code etcd}, {@code etcd3}. */
final class StoreReader {

    static final Duration LEADER_LEASE = Duration.ofMillis(2500);
    static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final int ETCD_PORT = 2379;
    private static final Set<String> OFF = Set.of("off", "false", "no");

    private StoreReader() {
    }

    /** @param ttl the lease of everything else, which the leader key's never exceeds */
    static Optional<RaftConfig> raft(Section section, String namespace, Duration ttl) {
        if (!section.isPresent()) {
            return Optional.empty();
        }
        Optional<HostPort> self = section.address("self_addr", AddressRule.REACHABLE);
        Optional<HostPort> bind = section.address("bind_addr", AddressRule.LISTEN);
        List<HostPort> partners = partners(section, self);
        if (self.isEmpty() && !section.has("self_addr") && partners.isEmpty() && !section.has("partner_addrs")) {
            section.missing("self_addr", "HOST:PORT at which the other peers reach this one; or partner_addrs alone, to use a"
                + " group without a peer of one's own");
        }
        Optional<Path> dataDir = section.file("data_dir");
        if (dataDir.isEmpty() && self.isPresent() && !section.has("data_dir")) {
            section.findings().warn(section.origin("data_dir"), "raft.data_dir is not set: the Raft log goes to the working directory "
                + Path.of("").toAbsolutePath());
        }
        section.withoutEffect("peers know each other by certificates: raft.certfile, keyfile and cafile", "password");
        section.withoutEffect("elections are timed by the program", "min_timeout", "max_timeout", "connection_timeout",
            "append_entries_period", "connection_retry_time", "leader_fallback_timeout");
        Duration lease = section.duration("leader_lease", ttl.compareTo(LEADER_LEASE) < 0 ? ttl : LEADER_LEASE, SHORTEST_LEASE, ttl);
        String group = section.text("group", namespace);
        if (group.isBlank()) {
            section.bad("group", "a name that all peers of the group share");
        }
        return Optional.of(new RaftConfig(dataDir.orElse(Path.of("").toAbsolutePath()), self, bind, partners, lease, group,
            TlsReader.peers(section), part(section, partners)));
    }

    private static PeerPart part(Section section, List<HostPort> partners) {
        String role = section.text("role", "voter");
        boolean listener = role.equals("listener");
        if (!listener && !role.equals("voter")) {
            section.bad("role", "voter or listener");
        }
        if (listener && partners.isEmpty()) {
            section.bad("role", "a listener needs the voters in raft.partner_addrs");
        }
        return new PeerPart(listener, section.flag("leave_on_stop", false));
    }

    private static List<HostPort> partners(Section section, Optional<HostPort> self) {
        List<HostPort> others = new ArrayList<>();
        for (HostPort partner : section.addresses("partner_addrs", AddressRule.REACHABLE)) {
            boolean own = self.filter(partner::equals).isPresent();
            if (own || others.contains(partner)) {
                section.findings().warn(section.origin("partner_addrs"), "raft.partner_addrs: " + partner
                    + (own ? " is this peer's own address; it is left out" : " is listed twice"));
            } else {
                others.add(partner);
            }
        }
        return others;
    }

    private static Optional<Secret> rootPassword(Section section) {
        Optional<Secret> password = section.secret("root_password");
        if (password.filter(p -> p.reveal().isBlank()).isPresent()) {
            section.bad("root_password", "a password, or no such key");
        }
        return password;
    }

    /** A section, or {@code off} in its place. */
    static EtcdAdapterConfig adapter(Section top) {
        HostPort usual = new HostPort("127.0.0.1", ETCD_PORT);
        Optional<Setting.Scalar> word = top.find("etcd_adapter").filter(Setting.Scalar.class::isInstance).map(Setting.Scalar.class::cast);
        if (word.filter(w -> OFF.contains(w.text().toLowerCase(Locale.ROOT))).isPresent()) {
            top.show("etcd_adapter", "off", word.get().origin());
            return new EtcdAdapterConfig(false, usual, Optional.empty());
        }
        Section section = top.child("etcd_adapter", "ETCD_ADAPTER_");
        return new EtcdAdapterConfig(true, section.address("listen", AddressRule.listen(ETCD_PORT)).orElse(usual),
            section.address("connect_address", AddressRule.reachable(ETCD_PORT)), section.flag("open_writes", false),
            rootPassword(section), TlsReader.server(section));
    }

    static Optional<EtcdConfig> etcd(Section section, String name) {
        if (!section.isPresent()) {
            return Optional.empty();
        }
        List<HostPort> hosts = new ArrayList<>(section.addresses("hosts", AddressRule.reachable(ETCD_PORT)));
        section.address("host", AddressRule.reachable(ETCD_PORT)).ifPresent(hosts::add);
        boolean named = section.has("hosts") || section.has("host") || section.has("url") || section.has("proxy") || section.has("srv");
        if (!named) {
            section.missing("hosts", "one of hosts, host, srv, url, proxy");
        }
        boolean secure = section.text("protocol").filter(p -> p.equalsIgnoreCase("https")).isPresent();
        Optional<String> username = section.text("username");
        Optional<Secret> password = section.secret("password");
        for (String key : List.of("url", "proxy")) {
            Optional<URI> url = url(section, key);
            url.map(u -> new HostPort(u.getHost().replaceAll("[\\[\\]]", ""), u.getPort() < 0 ? ETCD_PORT : u.getPort())).ifPresent(hosts::add);
            secure |= url.filter(u -> u.getScheme().equals("https")).isPresent();
        }
        boolean fixed = section.flag("use_proxies", false) || section.has("proxy");
        Optional<EtcdConfig.Srv> srv = section.text("srv").map(domain -> new EtcdConfig.Srv(domain, section.text("srv_suffix")));
        if (username.isPresent() != password.isPresent()) {
            section.missing(username.isPresent() ? "password" : "username", "both username and password, or neither");
        }
        ClientTls tls = TlsReader.etcd(section);
        return Optional.of(new EtcdConfig(name, hosts, secure ? Optional.of(tls) : Optional.empty(), username, password, fixed, srv));
    }

    /** The login in a URL is not taken from there: it would be shown with it. */
    private static Optional<URI> url(Section section, String key) {
        Optional<String> text = section.text(key);
        Optional<URI> url = text.flatMap(t -> {
            try {
                return Optional.of(new URI(t));
            } catch (URISyntaxException e) {
                return Optional.<URI>empty();
            }
        }).filter(u -> u.getHost() != null && List.of("http", "https").contains(String.valueOf(u.getScheme())) && u.getRawUserInfo() == null);
        if (text.isPresent() && url.isEmpty()) {
            section.bad(key, "a URL such as http://host:2379 without a login in it");
        }
        return url;
    }
}
