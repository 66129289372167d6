package io.matriarch.cluster;

import java.util.Optional;

/**
 * Where the keys of one PostgreSQL cluster lie in the store: Patroni's layout.
 *
 * @param base path of the cluster, {@code /namespace/scope}, without a slash at the end
 */
public record ClusterKeys(String base) {

    private static final String MEMBERS = "members/";

    /** The keys of a cluster; a namespace may be empty and may have slashes anywhere, as in Patroni. */
    public static ClusterKeys of(String namespace, String scope) {
        String path = ("/" + namespace + "/" + scope).replaceAll("/+", "/");
        return new ClusterKeys(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    /** What all keys of the cluster start with, and no key of another cluster does. */
    public String prefix() {
        return base + "/";
    }

    public String leader() {
        return prefix() + "leader";
    }

    public String initialize() {
        return prefix() + "initialize";
    }

    public String config() {
        return prefix() + "config";
    }

    public String failover() {
        return prefix() + "failover";
    }

    public String history() {
        return prefix() + "history";
    }

    public String status() {
        return prefix() + "status";
    }

    /** The old place of the leader's position. */
    public String optimeLeader() {
        return prefix() + "optime/leader";
    }

    public String sync() {
        return prefix() + "sync";
    }

    public String failsafe() {
        return prefix() + "failsafe";
    }

    public String member(MemberName name) {
        return prefix() + MEMBERS + name;
    }

    /** The member whose key this is; members lie one level deep only. */
    Optional<MemberName> memberOf(String key) {
        String start = prefix() + MEMBERS;
        if (!key.startsWith(start) || key.length() == start.length() || key.indexOf('/', start.length()) >= 0) {
            return Optional.empty();
        }
        return Optional.of(new MemberName(key.substring(start.length())));
    }
}
