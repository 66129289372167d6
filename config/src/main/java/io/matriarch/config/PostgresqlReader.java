package io.matriarch.config;

import io.matriarch.config.PostgresqlConfig.Authentication;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the section {@code postgresql}. */
final class PostgresqlReader {

    static final int PORT = 5432;
    private static final List<String> PROGRAMS = List.of("pg_ctl", "initdb", "pg_controldata", "pg_basebackup", "postgres",
        "pg_isready", "pg_rewind");
    private static final String LISTEN = "ADDRESS[,ADDRESS]:PORT with a port from 1 to 65535, for example 0.0.0.0:5432";

    private final Section section;

    private PostgresqlReader(Section section) {
        this.section = section;
    }

    static PostgresqlConfig read(Section section) {
        return new PostgresqlReader(section).read();
    }

    private PostgresqlConfig read() {
        Optional<Listen> written = listen();
        Listen listen = written.orElse(new Listen("", PORT));
        HostPort connect = connectAddress(written);
        Optional<HostPort> proxy = section.address("proxy_address", AddressRule.reachable(PORT));
        Path dataDir = section.file("data_dir").orElseGet(() -> {
            if (!section.has("data_dir")) {
                section.missing("data_dir", "the path of the data directory");
            }
            return Path.of("");
        });
        Path configDir = section.file("config_dir").orElse(dataDir);
        Optional<Path> binDir = section.file("bin_dir");
        Map<String, String> programs = programs();
        Optional<Path> pgpass = section.file("pgpass");
        Authentication logins = authentication();
        withoutEffect();
        return new PostgresqlConfig(listen.addresses, listen.port, connect, proxy, dataDir, configDir, binDir, programs, pgpass, logins,
            section.text("database", "postgres"), section.textMap("parameters"), section.lines("pg_hba"),
            section.lines("pg_ident"), ToolOptions.read(section, "basebackup", ToolOptions.BASEBACKUP_OWN),
            ToolOptions.read(section, "rewind", ToolOptions.REWIND_OWN), section.textMap("recovery_conf"),
            section.flag("use_unix_socket", false), (int) section.number("pg_ctl_timeout", 60, 0, Integer.MAX_VALUE),
            usePgRewind(), section.flag("remove_data_directory_on_rewind_failure", false),
            section.flag("remove_data_directory_on_diverged_timelines", false));
    }

    /** A list of addresses without their brackets, and the one port behind the last of them. */
    private record Listen(String addresses, int port) {

        static Optional<Listen> parse(String text) {
            String last = text.substring(text.lastIndexOf(',') + 1);
            try {
                int port = HostPort.parse(last, PORT).port();
                boolean written = HostPort.parse(last, PORT + 1).port() == port;
                String addresses = (written ? text.substring(0, text.lastIndexOf(':')) : text).replaceAll("[\\[\\]]", "");
                return port > 0 && addresses.matches("[A-Za-z0-9_.:%*,-]*") ? Optional.of(new Listen(addresses, port)) : Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    private Optional<Listen> listen() {
        Optional<Setting> found = section.find("listen");
        if (found.isEmpty()) {
            section.missing("listen", LISTEN);
            return Optional.empty();
        }
        Optional<Listen> listen = found.filter(Setting.Scalar.class::isInstance)
            .flatMap(s -> Listen.parse(((Setting.Scalar) s).text().replace(" ", "")));
        if (listen.isEmpty()) {
            section.bad("listen", LISTEN);
        } else {
            section.show("listen", ((Setting.Scalar) found.get()).text().trim(), found.get().origin());
        }
        return listen;
    }

    private HostPort connectAddress(Optional<Listen> listen) {
        Optional<HostPort> connect = section.address("connect_address", AddressRule.reachable(PORT));
        if (connect.isPresent() || section.has("connect_address") || listen.isEmpty()) {
            return connect.orElse(new HostPort("", PORT));
        }
        HostPort fallback = new HostPort(listen.get().addresses, listen.get().port);
        if (fallback.isWildcard() || fallback.host().contains(",")) {
            section.missing("connect_address", "HOST:PORT at which the other members and the clients reach this server");
        } else {
            section.show("connect_address", fallback.toString(), Origin.DEFAULT);
        }
        return fallback;
    }

    private Map<String, String> programs() {
        Section names = section.child("bin_name", "POSTGRESQL_BIN_");
        Map<String, String> programs = new LinkedHashMap<>();
        PROGRAMS.forEach(program -> names.text(program).ifPresent(name -> programs.put(program, name)));
        return programs;
    }

    /**
     * The logins. Besides their usual place, the superuser may stand directly under {@code authentication}, and each
     * login directly under {@code postgresql}, as old files have it.
     */
    private Authentication authentication() {
        Section usual = section.child("authentication");
        Optional<Credentials> rewind = LoginReader.database(usual.child("rewind", "REWIND_"))
            .or(() -> LoginReader.database(section.child("pg_rewind")));
        Optional<Credentials> superuser = LoginReader.database(usual.child("superuser", "SUPERUSER_"))
            .or(() -> LoginReader.database(usual)).or(() -> LoginReader.database(section.child("superuser")))
            .or(() -> LoginReader.database(section.child("pg_rewind")));
        Optional<Credentials> replication = LoginReader.database(usual.child("replication", "REPLICATION_"))
            .or(() -> LoginReader.database(section.child("replication")));
        if (superuser.isEmpty()) {
            usual.missing("superuser.username", "the name of the superuser the agent connects as");
        }
        if (replication.isEmpty()) {
            usual.missing("replication.username", "the name of the user that replicas connect as");
        }
        Credentials none = new Credentials("", Optional.empty(), Map.of());
        return new Authentication(superuser.orElse(none), replication.orElse(none), rewind);
    }

    private boolean usePgRewind() {
        boolean oldStyle = section.child("pg_rewind").isPresent() && !section.has("use_pg_rewind");
        return section.flag("use_pg_rewind", oldStyle);
    }

    private void withoutEffect() {
        section.text("scope");
        section.text("name");
        section.withoutEffect("this version does not run callbacks", "callbacks", "pre_promote", "before_stop");
        section.withoutEffect("replicas are made with pg_basebackup in this version", "create_replica_methods", "create_replica_method");
        section.withoutEffect("role variants come in a later version, the values for every role count", "parameters_primary",
            "parameters_replica", "parameters_standby_leader", "pg_hba_primary", "pg_hba_replica", "pg_hba_standby_leader",
            "pg_ident_primary", "pg_ident_replica", "pg_ident_standby_leader");
        section.withoutEffect("postgresql.base.conf is always the base", "custom_conf", "config_base_name");
        section.withoutEffect("it is not available in this version", "krbsrvname", "use_unix_socket_repl", "citus");
        section.withoutEffect("it belongs into the dynamic configuration (bootstrap.dcs.postgresql)", "use_slots");
    }
}
