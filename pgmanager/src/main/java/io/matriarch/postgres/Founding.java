package io.matriarch.postgres;

import io.matriarch.cluster.PostgresState;
import io.matriarch.config.BootstrapConfig;
import io.matriarch.config.Credentials;
import io.matriarch.config.PostgresqlConfig;
import io.matriarch.config.Secret;
import io.matriarch.ha.PostgresStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.postgresql.util.PasswordUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Founds a new cluster: initdb, the first start, the roles, the user's own command. */
final class Founding {

    private static final Logger LOG = LoggerFactory.getLogger(Founding.class);
    private static final Duration TO_INITDB = Duration.ofMinutes(10);
    private static final Duration LONGEST_COMMAND = Duration.ofDays(1);
    private static final Duration STATEMENT = Duration.ofSeconds(30);
    private static final Set<String> OURS = Set.of("pgdata", "nosync", "no-sync", "pwfile", "sync-only", "version", "username");

    private final DataDirectory dataDirectory;
    private final Programs programs;
    private final ConfigurationFiles files;
    private final Starter starter;
    private final BootstrapConfig bootstrap;
    private final Tools tools;

    /** Where settings and passwords come from. */
    record Tools(Supplier<ServerSettings> settings, LocalSql sql, PgPass pgpass) {
    }

    Founding(DataDirectory dataDirectory, Programs programs, ConfigurationFiles files, Starter starter,
            BootstrapConfig bootstrap, Tools tools) {
        this.dataDirectory = dataDirectory;
        this.programs = programs;
        this.files = files;
        this.starter = starter;
        this.bootstrap = bootstrap;
        this.tools = tools;
    }

    /** On failure after initdb the data directory is moved to a name ending in {@code .failed}. */
    void run(Work work) throws OperationFailedException {
        if (dataDirectory.kind() != PostgresStatus.DataDirectory.EMPTY) {
            throw new OperationFailedException("the data directory " + dataDirectory.path() + " is not empty");
        }
        if (!bootstrap.method().equals("initdb")) {
            LOG.warn("bootstrap.method {} is not supported, founding with initdb", bootstrap.method());
        }
        work.show(PostgresState.INITDB);
        initdb(work);
        try {
            if (!bootstrap.pgHba().isEmpty() && settings().hba().isEmpty()) {
                files.appendHba(bootstrap.pgHba());
            }
            starter.startPrimary(work, Duration.ofSeconds(settings().local().pgCtlTimeoutSeconds()));
            createRoles();
            work.goOn();
            runPostBootstrap();
            dataDirectory.unmarkFounding();
        } catch (IOException | SQLException e) {
            abandon(e.getMessage());
            throw new OperationFailedException("failed to bootstrap cluster: " + e.getMessage(), e);
        } catch (OperationFailedException e) {
            abandon(e.getMessage());
            throw e;
        }
    }

    private ServerSettings settings() {
        return tools.settings().get();
    }

    private PostgresqlConfig.Authentication authentication() {
        return settings().local().authentication();
    }

    private void initdb(Work work) throws OperationFailedException {
        Path passwordFile = null;
        try {
            dataDirectory.prepareStaging();
            List<String> arguments = new ArrayList<>(options(bootstrap.initdbOptions()));
            arguments.add("--username=" + authentication().superuser().username());
            Optional<Secret> password = authentication().superuser().password();
            if (password.isPresent()) {
                passwordFile = dataDirectory.staging().resolveSibling(dataDirectory.staging().getFileName() + ".pw");
                DurableFiles.write(passwordFile, password.get().reveal() + "\n", false);
                arguments.add("--pwfile=" + passwordFile);
            }
            arguments.add("--pgdata=" + dataDirectory.staging());
            work.goOn();
            Programs.Result result = programs.run("initdb", arguments, Map.of(), TO_INITDB);
            if (!result.ok()) {
                work.show(PostgresState.INITDB_FAILED);
                throw new OperationFailedException("initdb failed: " + result.complaint());
            }
            dataDirectory.markFounding();
            dataDirectory.adoptStaging();
        } catch (IOException e) {
            throw new OperationFailedException("cannot prepare the data directory: " + e.getMessage(), e);
        } finally {
            clean(passwordFile);
        }
    }

    private void clean(Path passwordFile) {
        try {
            if (passwordFile != null) {
                Files.deleteIfExists(passwordFile);
            }
            dataDirectory.clearStaging();
        } catch (IOException e) {
            LOG.warn("cannot clean up after initdb: {}", e.getMessage());
        }
    }

    private static List<String> options(List<String> configured) {
        List<String> kept = new ArrayList<>();
        for (String option : configured) {
            String name = option.replaceFirst("^--?", "").split("=", 2)[0];
            if (OURS.contains(name)) {
                LOG.warn("option {} of bootstrap.initdb is not allowed, ignoring it", name);
            } else {
                kept.add(option);
            }
        }
        return kept;
    }

    private void createRoles() throws SQLException {
        PostgresqlConfig.Authentication logins = authentication();
        try (Connection connection = tools.sql().open(STATEMENT); Statement statement = connection.createStatement()) {
            // statements with password hashes do not belong in the server's log
            statement.execute("SET log_statement TO none; SET log_min_duration_statement TO -1; "
                    + "SET log_min_error_statement TO 'log'; SET pg_stat_statements.track_utility TO off");
            String superuser = logins.superuser().username();
            if (!logins.replication().username().equals(superuser)) {
                createRole(statement, logins.replication(), "LOGIN REPLICATION");
            }
            if (logins.rewind().isPresent() && !logins.rewind().get().username().equals(superuser)) {
                createRole(statement, logins.rewind().get(), "LOGIN");
                for (String function : List.of("pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)",
                        "pg_read_binary_file(text)", "pg_read_binary_file(text, bigint, bigint, boolean)")) {
                    statement.execute("GRANT EXECUTE ON FUNCTION pg_catalog." + function + " TO "
                            + identifier(logins.rewind().get().username()));
                }
            }
            for (BootstrapConfig.BootstrapUser user : bootstrap.users()) {
                LOG.warn("bootstrap.users is a thing of the past: creating role {}; use bootstrap.post_bootstrap instead", user.name());
                createRole(statement, new Credentials(user.name(), user.password(), Map.of()), attributes(user.options()));
            }
        }
    }

    private static String attributes(List<String> options) {
        List<String> allowed = options.stream().map(o -> o.strip().toUpperCase(java.util.Locale.ROOT))
                .filter(o -> o.matches("[A-Z]+( LIMIT -?\\d+)?")).toList();
        return allowed.contains("NOLOGIN") ? String.join(" ", allowed) : "LOGIN " + String.join(" ", allowed.stream()
                .filter(o -> !o.equals("LOGIN")).toList());
    }

    /** Hashes the password here, so that its clear text reaches neither the server nor its log. */
    private static void createRole(Statement statement, Credentials role, String attributes) throws SQLException {
        String password = "";
        if (role.password().isPresent()) {
            String hash = PasswordUtil.encodePassword(role.username(), role.password().get().reveal().toCharArray(), "scram-sha-256");
            password = " PASSWORD '" + hash.replace("'", "''") + "'";
        }
        statement.execute("CREATE ROLE " + identifier(role.username()) + " WITH " + attributes + password);
    }

    private static String identifier(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    private void runPostBootstrap() throws OperationFailedException, IOException {
        if (bootstrap.postBootstrap().isEmpty()) {
            return;
        }
        ServerSettings settings = settings();
        Credentials superuser = authentication().superuser();
        tools.pgpass().write(settings.localHost(), settings.local().listenPort(), List.of(superuser));
        Map<String, String> dsn = new LinkedHashMap<>();
        dsn.put("host", settings.localHost());
        dsn.put("port", Integer.toString(settings.local().listenPort()));
        dsn.put("user", superuser.username());
        dsn.put("dbname", settings.local().database());
        Programs.Result result = programs.run(List.of("/bin/sh", "-c", bootstrap.postBootstrap().get() + " \"$1\"", "sh",
                Conninfo.format(dsn)), Map.of("PGPASSFILE", tools.pgpass().file().toString(),
                "PGOPTIONS", "-c synchronous_commit=local -c statement_timeout=0"), LONGEST_COMMAND);
        if (!result.ok()) {
            throw new OperationFailedException("post_bootstrap " + bootstrap.postBootstrap().get() + " failed: " + result.complaint());
        }
    }

    private void abandon(String why) throws OperationFailedException {
        starter.killLeftovers();
        try {
            LOG.error("failed to bootstrap cluster: {}; its data is now in {}", why, dataDirectory.moveToFailed());
        } catch (IOException e) {
            LOG.error("failed to bootstrap cluster: {}; its data cannot be moved away: {}", why, e.getMessage());
        }
    }
}
