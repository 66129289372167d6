package io.matriarch.agent;

import io.matriarch.config.HostPort;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * etcd's own flags: {@code --flag value}, {@code --flag=value}, switches without a value, and variables {@code ETCD_*},
 * over which flags win.
 */
final class EtcdFlags {

    private static final Set<String> USED = Set.of("name", "data-dir", "listen-client-urls", "advertise-client-urls",
            "listen-peer-urls", "initial-advertise-peer-urls", "initial-cluster", "initial-cluster-token",
            "cert-file", "key-file", "trusted-ca-file", "client-cert-auth", "peer-cert-file", "peer-key-file", "peer-trusted-ca-file",
            "peer-client-cert-auth");
    private static final Set<String> WITHOUT_MEANING = Set.of("initial-cluster-state", "snapshot-count", "quota-backend-bytes",
            "max-concurrent-streams", "max-txn-ops", "max-request-bytes", "auto-compaction-mode", "auto-compaction-retention",
            "heartbeat-interval", "election-timeout", "auth-token", "logger", "log-outputs", "log-level", "max-snapshots",
            "max-wals", "wal-dir", "bcrypt-cost", "enable-v2", "proxy", "metrics", "listen-metrics-urls",
            "grpc-keepalive-min-time", "grpc-keepalive-interval", "grpc-keepalive-timeout", "cors", "host-whitelist");
    private static final Set<String> SWITCHES = Set.of("strict-reconfig-check", "experimental-initial-corrupt-check", "debug",
            "unsafe-no-fsync", "enable-pprof", "pre-vote", "client-cert-auth", "peer-client-cert-auth", "auto-tls", "peer-auto-tls");
    /** Leaving them out would be less safe than what was asked for. */
    private static final Set<String> REFUSED = Set.of("client-crl-file", "peer-crl-file", "auto-tls", "peer-auto-tls", "cipher-suites",
            "peer-cert-allowed-cn", "peer-cert-allowed-hostname", "client-cert-allowed-hostname");

    private final Map<String, String> values = new LinkedHashMap<>();

    private EtcdFlags() {
    }

    /** @throws StartupException naming a flag that is not etcd's, or asks for what this version does not have */
    static EtcdFlags parse(List<String> arguments, Map<String, String> environment) throws StartupException {
        EtcdFlags flags = new EtcdFlags();
        for (Set<String> known : List.of(USED, WITHOUT_MEANING, REFUSED)) {
            for (String flag : known) {
                String variable = environment.get("ETCD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_'));
                if (variable != null && !variable.isEmpty()) {
                    flags.put(flag, variable);
                }
            }
        }
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("-")) {
                throw new StartupException("'" + argument + "' is not a valid flag");
            }
            String[] parts = argument.replaceFirst("^--?", "").split("=", 2);
            if (parts.length == 2) {
                flags.put(parts[0], parts[1]);
            } else if (SWITCHES.contains(parts[0]) || i + 1 == arguments.size() || arguments.get(i + 1).startsWith("--")) {
                flags.put(parts[0], "true");
            } else {
                i++;
                flags.put(parts[0], arguments.get(i));
            }
        }
        return flags;
    }

    private void put(String flag, String value) throws StartupException {
        if (REFUSED.contains(flag) && !value.equals("false")) {
            throw new StartupException("--" + flag + ": not available in this version");
        }
        if (!USED.contains(flag) && !WITHOUT_MEANING.contains(flag) && !SWITCHES.contains(flag) && !REFUSED.contains(flag)) {
            throw new StartupException("flag provided but not defined: -" + flag);
        }
        values.put(flag, value);
    }

    /** The flags that were given and do nothing here. */
    List<String> idle() {
        return values.keySet().stream().filter(flag -> !USED.contains(flag)).toList();
    }

    String text(String flag, String otherwise) {
        return values.getOrDefault(flag, otherwise);
    }

    boolean isOn(String flag) {
        return text(flag, "false").equals("true");
    }

    /** Whether the first of a list of URLs asks for TLS. */
    boolean isSecure(String flag) {
        return text(flag, "").trim().startsWith("https:");
    }

    /** The first of a list of URLs. */
    HostPort address(String flag, String otherwise) throws StartupException {
        return address(text(flag, otherwise).split(",")[0]).orElseThrow(() -> new StartupException("--" + flag
                + ": expected URLs such as http://10.0.0.11:2379, not '" + text(flag, otherwise) + "'"));
    }

    static Optional<HostPort> address(String url) {
        try {
            URI uri = URI.create(url.trim());
            boolean good = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null && uri.getPort() > 0;
            return good ? Optional.of(HostPort.parse(uri.getHost() + ":" + uri.getPort(), 0)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            // the caller names the flag
            return Optional.empty();
        }
    }

    /** The peers of {@code --initial-cluster}: the URLs behind the names. */
    List<HostPort> peers(String otherwise) throws StartupException {
        List<HostPort> peers = new ArrayList<>();
        for (String member : text("initial-cluster", otherwise).split(",")) {
            String url = member.substring(member.indexOf('=') + 1);
            peers.add(address(url).orElseThrow(() -> new StartupException("--initial-cluster: expected name=http://host:port,..., not '"
                    + member + "'")));
        }
        return peers;
    }
}
