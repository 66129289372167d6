package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every default, pinned: a change of one is a change for every operator who relies on it. */
class ConfigDefaultsTest {

    @TempDir
    private Path directory;
    private LoadedConfig loaded;
    private AgentConfig config;

    @BeforeEach
    void load() throws Exception {
        loaded = Configs.load(directory, Configs.SMALLEST);
        config = loaded.config();
    }

    @Test
    void smallestFileHasNoWarnings() {
        assertEquals(List.of(), loaded.warnings());
    }

    @Test
    void top() {
        assertEquals("/service", config.namespace());
        assertEquals(GuardMode.AUTO, config.guard());
        assertEquals(Optional.empty(), config.etcd());
    }

    @Test
    void etcdAdapter() throws Exception {
        HostPort local = new HostPort("127.0.0.1", 2379);
        assertEquals(new EtcdAdapterConfig(true, local, Optional.empty()), config.etcdAdapter());
        for (String word : List.of("off", "false", "'off'")) {
            assertEquals(false, Configs.load(directory, Configs.SMALLEST + "etcd_adapter: " + word + "\n").config().etcdAdapter().enabled());
        }
        EtcdAdapterConfig open = Configs.load(directory, Configs.SMALLEST + "etcd_adapter:\n  listen: 0.0.0.0\n").config().etcdAdapter();
        assertEquals(new EtcdAdapterConfig(true, new HostPort("0.0.0.0", 2379), Optional.empty()), open);
        assertEquals(new HostPort("10.0.0.11", 2379), open.advertised(Optional.of(new HostPort("10.0.0.11", 2380))));
    }

    @Test
    void restapi() {
        HostPort listen = new HostPort("127.0.0.1", 8008);
        assertEquals(new RestApiConfig(listen, listen, Optional.empty(), List.of(), false, Map.of(), "original"), config.restapi());
        assertEquals(new CtlConfig(Optional.empty(), false), config.ctl());
    }

    @Test
    void bootstrap() {
        assertEquals(new BootstrapConfig(false, Map.of(), "initdb", List.of(), List.of(), Optional.empty(), List.of()), config.bootstrap());
    }

    @Test
    void postgresql() {
        PostgresqlConfig.Authentication logins = new PostgresqlConfig.Authentication(
            new Credentials("postgres", Optional.empty(), Map.of()), new Credentials("replicator", Optional.empty(), Map.of()), Optional.empty());
        assertEquals(new PostgresqlConfig("127.0.0.1", 5432, new HostPort("127.0.0.1", 5432), Optional.empty(), Path.of("/data/pg"),
            Path.of("/data/pg"), Optional.empty(), Map.of(), Optional.empty(), logins, "postgres", Map.of(), List.of(), List.of(),
            List.of(), List.of(), Map.of(), false, 60, false, false, false), config.postgresql());
    }

    @Test
    void raft() {
        assertEquals(Optional.of(new RaftConfig(Path.of("/data/raft"), Optional.of(new HostPort("127.0.0.1", 2380)), Optional.empty(),
            List.of(), Duration.ofMillis(2500), "/service")), config.raft());
    }

    @Test
    void tags() {
        assertEquals(new TagsConfig(Map.of(), false, 1, false, false, false, false, Optional.empty()), config.tags());
    }

    @Test
    void watchdog() {
        assertEquals(new WatchdogConfig(WatchdogConfig.Mode.AUTOMATIC, "/dev/watchdog", 5), config.watchdog());
    }

    @Test
    void log() {
        assertEquals(new LogConfig("plain", "INFO", "%(asctime)s %(levelname)s: %(message)s", Optional.empty(), 4, 25_000_000L,
            Map.of(), false), config.log());
    }

    @Test
    void portsThatMayBeLeftOut() throws Exception {
        String yaml = Configs.SMALLEST.replace("listen: 127.0.0.1:5432", "listen: 127.0.0.1\n  connect_address: db1\n  proxy_address: pool")
            .replace("raft:", "etcd:\n  host: e1\nraft:");
        PostgresqlConfig postgresql = Configs.load(directory, yaml).config().postgresql();
        assertEquals(5432, postgresql.listenPort());
        assertEquals(new HostPort("db1", 5432), postgresql.connectAddress());
        assertEquals(Optional.of(new HostPort("pool", 5432)), postgresql.proxyAddress());
        EtcdConfig etcd = ConfigLoader.loadClient(Optional.of(Configs.file(directory, "etcd: {host: e1}")), Map.of()).config().etcd().orElseThrow();
        assertEquals(new EtcdConfig("etcd", List.of(new HostPort("e1", 2379))), etcd);
    }
}
