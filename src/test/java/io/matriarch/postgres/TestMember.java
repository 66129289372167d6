package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.matriarch.cluster.MemberName;
import io.matriarch.config.BootstrapConfig;
import io.matriarch.config.Credentials;
import io.matriarch.config.HostPort;
import io.matriarch.config.PostgresqlConfig;
import io.matriarch.config.Secret;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.ha.Upstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A member on real PostgreSQL for tests, in a directory of its own. PostgreSQL refuses to run as root; when the tests
 * do, the server programs run as the user postgres.
 */
final class TestMember implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Credentials SUPERUSER = new Credentials("boss", Optional.of(new Secret("b:o\\ss word")), Map.of());
    private static final Credentials REPLICATION = new Credentials("stream", Optional.of(new Secret("st'ream")), Map.of());
    private static final Credentials REWIND = new Credentials("rewinder", Optional.of(new Secret("rewind")), Map.of());
    private static final boolean ROOT = LocalPostgres.rootComplaint().isPresent();

    final String name;
    final Path home;
    final PostgresqlConfig config;
    final BootstrapConfig bootstrap;
    final Map<String, Object> dynamic;
    final GuardSetup guarding;
    LocalPostgres postgres;

    private TestMember(String name, Path home, PostgresqlConfig config, BootstrapConfig bootstrap, GuardSetup guarding) {
        this.name = name;
        this.home = home;
        this.config = config;
        this.bootstrap = bootstrap;
        this.dynamic = Map.of();
        this.guarding = guarding;
        this.postgres = reopen();
    }

    static TestMember of(String name, Path parent) throws IOException {
        return of(name, parent, true, Optional.empty());
    }

    static TestMember of(String name, Path parent, boolean rewind, Optional<String> postBootstrap) throws IOException {
        return of(name, parent, rewind, postBootstrap, GuardFiles.automatic(parent));
    }

    static TestMember of(String name, Path parent, boolean rewind, Optional<String> postBootstrap, GuardSetup guarding)
            throws IOException {
        Path home = Files.createDirectory(parent.resolve(name));
        giveToPostgres(home);
        int port = freePort();
        Path data = home.resolve("data");
        PostgresqlConfig config = new PostgresqlConfig("127.0.0.1", port, new HostPort("127.0.0.1", port), Optional.empty(),
                data, data, Optional.empty(), Map.of(), Optional.of(home.resolve("pgpass")),
                new PostgresqlConfig.Authentication(SUPERUSER, REPLICATION, Optional.of(REWIND)), "postgres",
                Map.of("unix_socket_directories", home.toString(), "shared_buffers", "16MB",
                        "dynamic_shared_memory_type", "mmap"), // a killed server leaves nothing outside its directory
                List.of("local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256",
                        "host replication stream 127.0.0.1/32 scram-sha-256"),
                List.of(), List.of(), List.of(), Map.of(), false, 30, rewind, false, false);
        BootstrapConfig bootstrap = new BootstrapConfig(true, Map.of(), "initdb",
                List.of("--encoding=UTF8", "--no-locale", "--auth=scram-sha-256"), List.of(), postBootstrap, List.of());
        return new TestMember(name, home, config, bootstrap, guarding);
    }

    /** Directories in memory where the machine has such a place: the disk's speed is not what is tested. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            Path memory = Path.of("/dev/shm");
            return Files.isWritable(memory) ? Files.createTempDirectory(memory, "matriarch-test")
                    : Files.createTempDirectory("matriarch-test");
        }
    }

    /** Owned by postgres, reachable by it. */
    static void giveToPostgres(Path directory) throws IOException {
        if (ROOT) {
            var principals = directory.getFileSystem().getUserPrincipalLookupService();
            Files.setOwner(directory, principals.lookupPrincipalByName("postgres"));
            Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    static CommandPrefix prefix() {
        return ROOT ? new CommandPrefix(List.of("/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                "--", "/usr/bin/env", "HOME=/nonexistent")) : CommandPrefix.NONE;
    }

    /** What a new agent would do after the old one was killed. */
    LocalPostgres reopen() {
        return reopen(guarding);
    }

    LocalPostgres reopen(GuardSetup guard) {
        return LocalPostgres.open(new ServerSettings(config, "test", new MemberName(name), dynamic), bootstrap, prefix(), guard);
    }

    Upstream asUpstream() {
        return new Upstream(new MemberName(name), "127.0.0.1", config.listenPort(), Optional.of("postgres"), 0);
    }

    LongTaskStatus.Outcome run(Operation operation, BooleanSupplier permit) {
        assertTrue(postgres.begin(operation, now(), permit));
        await("end of " + operation.label(), () -> postgres.task().filter(t -> !t.isRunning()).isPresent());
        LongTaskStatus.Outcome outcome = postgres.task().orElseThrow().outcome().orElseThrow();
        postgres.acknowledge();
        return outcome;
    }

    void mustRun(Operation operation) {
        LongTaskStatus.Outcome outcome = run(operation, () -> true);
        assertTrue(outcome.success(), outcome.message());
    }

    PostgresStatus look() {
        return postgres.observe(Duration.ofSeconds(2));
    }

    PostgresStatus awaitStatus(String what, Predicate<PostgresStatus> wanted) {
        await(name + ": " + what, () -> wanted.test(look()));
        return look();
    }

    void awaitStreamingFrom(TestMember primary) {
        primary.awaitStatus(name + " streams", s -> s.replicas().stream()
                .anyMatch(r -> r.applicationName().equals(name) && r.state().equals("streaming")));
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + config.listenPort() + "/postgres?socketTimeout=20",
                SUPERUSER.username(), SUPERUSER.password().orElseThrow().reveal());
    }

    void sql(String statement) throws SQLException {
        try (Connection connection = connect(); Statement s = connection.createStatement()) {
            s.execute(statement);
        }
    }

    String ask(String query) throws SQLException {
        try (Connection connection = connect(); Statement s = connection.createStatement(); ResultSet row = s.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    long postmasterPid() throws IOException {
        return Long.parseLong(Files.readString(config.dataDir().resolve("postmaster.pid")).split("\n")[0]);
    }

    static void signal(String name, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pid).start().waitFor();
    }

    static Tick now() {
        return new Tick(System.nanoTime());
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
    }

    private static int freePort() throws IOException {
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 31_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // taken
            }
        }
        throw new IOException("no free port");
    }

    @Override
    public void close() {
        postgres.cancel(Duration.ofSeconds(5));
        boolean fenced = postgres.fence(Duration.ofSeconds(10));
        postgres.close();
        List<ProcessTable.Identity> left = leftovers();
        left.forEach(p -> ProcessHandle.of(p.pid()).ifPresent(ProcessHandle::destroyForcibly));
        assertTrue(fenced && left.isEmpty(), "processes left behind: " + left);
    }

    /** Found here, not by what is tested, so that a failing test leaves no process on the machine. */
    private List<ProcessTable.Identity> leftovers() {
        try {
            return Files.exists(config.dataDir())
                    ? ProcessTable.serversOf(config.dataDir().toRealPath(), java.util.Set.of("postgres")) : List.of();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
