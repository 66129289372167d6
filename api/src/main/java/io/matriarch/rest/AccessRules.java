package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.Member;
import io.matriarch.config.ClientCheck;
import io.matriarch.config.Credentials;
import io.matriarch.config.RestApiConfig;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may send requests that change something: clients on the allowlist with a certificate that know the password. */
final class AccessRules {

    private static final Logger LOG = LoggerFactory.getLogger(AccessRules.class);
    private static final String SCHEME = "Basic ";

    private final boolean open;
    private final boolean includeMembers;
    private final List<Network> allowed;
    private final boolean certificates;
    private final Optional<byte[]> token;
    private final Supplier<Optional<ClusterView>> view;

    /**
     * Resolves host names of the allowlist once.
     *
     * @param view the members as last known; empty when the knowledge is too old
     */
    AccessRules(RestApiConfig config, Supplier<Optional<ClusterView>> view) {
        this.open = config.allowlist().isEmpty() && !config.allowlistIncludeMembers();
        this.includeMembers = config.allowlistIncludeMembers();
        this.allowed = networks(config.allowlist());
        this.certificates = config.tls().filter(tls -> tls.clients() != ClientCheck.NONE).isPresent();
        this.token = config.authentication().map(AccessRules::token);
        this.view = view;
    }

    /** Says no by a refusal. May look up host names of members. */
    void check(Request request) throws Refusal {
        if (!open && !isAllowed(request.clientAddress())) {
            throw Refusal.text(403, "Access is denied");
        }
        if (certificates && !request.certified()) {
            throw Refusal.text(403, "client certificate required");
        }
        if (token.isPresent()) {
            checkToken(request.authorization(), token.get());
        }
    }

    private static void checkToken(Optional<String> header, byte[] expected) throws Refusal {
        if (header.isEmpty()) {
            throw unauthorized("no auth header received");
        }
        String given = header.get();
        boolean right = given.startsWith(SCHEME) && MessageDigest.isEqual(expected,
                given.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8));
        if (!right) {
            throw unauthorized("not authenticated");
        }
    }

    private boolean isAllowed(String clientAddress) {
        Optional<InetAddress> client = resolve(clientAddress).stream().findFirst();
        if (client.isEmpty()) {
            return false;
        }
        return allowed.stream().anyMatch(n -> n.contains(client.get()))
                || includeMembers && memberAddresses().contains(client.get());
    }

    private List<InetAddress> memberAddresses() {
        List<InetAddress> addresses = new ArrayList<>();
        for (Member member : view.get().map(v -> List.copyOf(v.members().values())).orElse(List.of())) {
            member.record().apiUrl().flatMap(AccessRules::host).ifPresent(h -> addresses.addAll(resolve(h)));
        }
        return addresses;
    }

    private static Optional<String> host(String url) {
        try {
            return Optional.ofNullable(URI.create(url).getHost());
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a member that publishes no proper URL has no address to be let in from
        }
    }

    private static List<Network> networks(List<String> entries) {
        List<Network> networks = new ArrayList<>();
        for (String entry : entries) {
            int slash = entry.indexOf('/');
            String host = slash < 0 ? entry : entry.substring(0, slash);
            List<InetAddress> addresses = resolve(host.trim());
            Optional<Integer> bits = slash < 0 ? Optional.of(-1) : bits(entry.substring(slash + 1).trim());
            if (addresses.isEmpty() || bits.isEmpty()
                    || bits.get() > addresses.get(0).getAddress().length * Byte.SIZE) {
                LOG.error("restapi.allowlist: '{}' is neither an address nor a network nor a known host name; skipped",
                        entry);
                continue;
            }
            addresses.forEach(a -> networks.add(bits.get() < 0 ? Network.of(a) : new Network(a, bits.get())));
        }
        return List.copyOf(networks);
    }

    private static Optional<Integer> bits(String text) {
        return text.matches("\\d{1,3}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
    }

    private static List<InetAddress> resolve(String host) {
        if (host.isEmpty()) {
            return List.of();
        }
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            LOG.debug("no address for host name {}", host);
            return List.of();
        }
    }

    private static byte[] token(Credentials c) {
        String clear = c.username() + ":" + c.password().map(s -> s.reveal()).orElse("");
        return Base64.getEncoder().encode(clear.getBytes(StandardCharsets.UTF_8));
    }

    private static Refusal unauthorized(String text) {
        return new Refusal(Reply.text(401, text).withHeader("WWW-Authenticate", "Basic realm=\"Patroni\""));
    }
}
