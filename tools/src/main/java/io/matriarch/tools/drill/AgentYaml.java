package io.matriarch.tools.drill;

import java.nio.file.Path;
import java.util.List;

/**
 * The configuration files of a cluster: Patroni's YAML with the section {@code raft} and everyday settings. Pure.
 *
 * @param scope   name of the PostgreSQL cluster
 * @param extra   lines added at the end, at the top level
 */
record AgentYaml(String scope, Path binDir, Logins logins, Replication replication, String extra) {

    /** The passwords of one cluster. */
    record Logins(String superuser, String replication, String rewind, String rest) {
    }

    static final String SUPERUSER = "postgres";
    static final String REST_USER = "operator";

    String of(AgentSite site, List<AgentSite> all) {
        StringBuilder out = new StringBuilder();
        out.append("scope: ").append(scope).append("\nname: ").append(site.name()).append("\n\n");
        out.append("""
                restapi:
                  listen: %1$s:%2$d
                  connect_address: %1$s:%2$d
                  authentication:
                    username: %3$s
                    password: %4$s

                """.formatted(site.host(), site.restPort(), REST_USER, logins.rest()));
        raft(out, site, all);
        bootstrap(out);
        postgresql(out, site, all);
        return out.append(extra).toString();
    }

    private static void raft(StringBuilder out, AgentSite site, List<AgentSite> all) {
        out.append("raft:\n  data_dir: ").append(site.dir().resolve("raft")).append('\n');
        out.append("  self_addr: ").append(site.host()).append(':').append(site.raftPort()).append('\n');
        out.append("  partner_addrs:\n");
        all.stream().filter(other -> !other.equals(site)).forEach(other ->
                out.append("  - ").append(other.host()).append(':').append(other.raftPort()).append('\n'));
        out.append("\netcd_adapter: off\n\n");
    }

    private void bootstrap(StringBuilder out) {
        out.append("""
                bootstrap:
                  dcs:
                    ttl: 30
                    loop_wait: 10
                    retry_timeout: 10
                    maximum_lag_on_failover: 1048576
                    synchronous_mode: %s
                    postgresql:
                      use_pg_rewind: true
                      use_slots: true
                  initdb:
                  - encoding: UTF8
                  - data-checksums

                """.formatted(replication.mode()));
    }

    private void postgresql(StringBuilder out, AgentSite site, List<AgentSite> all) {
        out.append("""
                postgresql:
                  listen: %1$s:%2$d
                  connect_address: %1$s:%2$d
                  data_dir: %3$s
                  bin_dir: %4$s
                  pgpass: %5$s
                  authentication:
                    superuser:
                      username: %6$s
                      password: %7$s
                    replication:
                      username: replicator
                      password: %8$s
                    rewind:
                      username: rewinder
                      password: %9$s
                  parameters:
                    unix_socket_directories: ''
                    shared_buffers: 32MB
                """.formatted(site.host(), site.postgresPort(), site.dataDir(), binDir, site.dir().resolve("pgpass"),
                SUPERUSER, logins.superuser(), logins.replication(), logins.rewind()));
        if (replication == Replication.ANY) {
            out.append("    synchronous_standby_names: 'ANY 1 (").append(String.join(", ",
                    all.stream().map(AgentSite::name).toList())).append(")'\n");
        }
        out.append("  pg_hba:\n  - local all all scram-sha-256\n");
        for (String network : networks(all)) {
            out.append("  - host all all ").append(network).append(" scram-sha-256\n");
            out.append("  - host replication replicator ").append(network).append(" scram-sha-256\n");
        }
    }

    private static List<String> networks(List<AgentSite> all) {
        return all.stream().map(site -> site.host().substring(0, site.host().lastIndexOf('.')) + ".0/24").distinct()
                .toList();
    }
}
