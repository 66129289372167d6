package io.matriarch.postgres;

import io.matriarch.cluster.MemberName;
import io.matriarch.config.PostgresqlConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What rules the server: the agent's own configuration and the dynamic one, which gives way where both say something.
 *
 * @param dynamic      the document of the config key
 * @param standbyNames the value of {@code synchronous_standby_names} that was set in place of the configured one
 */
record ServerSettings(PostgresqlConfig local, String scope, MemberName me, Map<String, Object> dynamic,
                      Optional<String> standbyNames) {

    ServerSettings {
        dynamic = Map.copyOf(dynamic);
    }

    ServerSettings(PostgresqlConfig local, String scope, MemberName me, Map<String, Object> dynamic) {
        this(local, scope, me, dynamic, Optional.empty());
    }

    ServerSettings withLocal(PostgresqlConfig other) {
        return new ServerSettings(other, scope, me, dynamic, standbyNames);
    }

    ServerSettings withDynamic(Map<String, Object> other) {
        return new ServerSettings(local, scope, me, other, standbyNames);
    }

    ServerSettings withStandbyNames(Optional<String> names) {
        return new ServerSettings(local, scope, me, dynamic, names);
    }

    /** Parameters of the file, and of the command line; see {@link Parameters}. */
    Parameters parameters() {
        return Parameters.of(this);
    }

    boolean usePgRewind() {
        return local.usePgRewind() || isTrue(section().get("use_pg_rewind"));
    }

    boolean useSlots() {
        Object value = section().get("use_slots");
        return value == null || isTrue(value);
    }

    boolean isSynchronous() {
        Object mode = dynamic.get("synchronous_mode");
        return mode != null && (isTrue(mode) || mode.toString().equalsIgnoreCase("quorum"));
    }

    List<String> hba() {
        return local.pgHba().isEmpty() ? lines(section().get("pg_hba")) : local.pgHba();
    }

    List<String> ident() {
        return local.pgIdent().isEmpty() ? lines(section().get("pg_ident")) : local.pgIdent();
    }

    /** Further recovery settings of a replica. */
    Map<String, String> recoveryConf() {
        return local.recoveryConf().isEmpty() ? texts(section().get("recovery_conf")) : local.recoveryConf();
    }

    Map<String, String> dynamicParameters() {
        return texts(section().get("parameters"));
    }

    /** The address to reach the local server at over TCP. */
    String localHost() {
        String first = "";
        for (String part : local.listenAddresses().split(",")) {
            String address = part.strip();
            if (List.of("*", "localhost", "0.0.0.0", "127.0.0.1").contains(address)) {
                return "localhost";
            }
            first = first.isEmpty() ? address : first;
        }
        return first.isEmpty() ? "localhost" : first;
    }

    /** The command that fetches archived WAL, when one is configured. */
    Optional<String> restoreCommand() {
        return Optional.ofNullable(recoveryConf().getOrDefault("restore_command",
                parameters().file().get("restore_command"))).filter(c -> !c.isBlank());
    }

    private Map<?, ?> section() {
        return dynamic.get("postgresql") instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<String> lines(Object value) {
        return value instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
    }

    private static Map<String, String> texts(Object value) {
        Map<String, String> result = new java.util.TreeMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((k, v) -> {
                if (v != null) {
                    result.put(String.valueOf(k), Parameters.text(v));
                }
            });
        }
        return result;
    }

    static boolean isTrue(Object value) {
        return value != null && List.of("on", "true", "yes", "1").contains(value.toString().toLowerCase(java.util.Locale.ROOT));
    }
}
