package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.BootstrapConfig.BootstrapUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {

    private static final Path SAMPLES = Path.of("src/test/resources/samples");
    private static final String OLD_ETCD = "etcd: version 2 of etcd's protocol is gone, version 3 is used, as with a section etcd3;"
        + " keys of version 2 are not seen";

    @TempDir
    private Path directory;

    @Test
    void usersFileWithQuirksLoadsAsItIs() throws Exception {
        LoadedConfig loaded = ConfigLoader.load(Optional.of(SAMPLES.resolve("guide-node1.yml")), Map.of());
        AgentConfig config = loaded.config();
        assertEquals("/patroni", config.namespace());
        assertEquals(Optional.of(new Credentials("patroni_api_user", Optional.of(new Secret("patroni_api_password")), Map.of())),
            config.restapi().authentication());
        assertEquals(new EtcdConfig("etcd", List.of(new HostPort("192.168.1.10", 2379), new HostPort("192.168.1.11", 2379),
            new HostPort("192.168.1.12", 2379))), config.etcd().orElseThrow());
        assertEquals("postgres", config.postgresql().authentication().superuser().username());
        assertEquals(Optional.of(new Secret("postgres_password")), config.postgresql().authentication().superuser().password());
        assertEquals("replication", config.postgresql().authentication().replication().username());
        assertEquals(List.of("--max-rate=100M", "--checkpoint=fast"), config.postgresql().basebackupOptions());
        assertEquals("on", config.postgresql().parameters().get("hot_standby"));
        assertEquals("5", config.postgresql().parameters().get("max_wal_senders"));
        assertEquals("0600", config.postgresql().parameters().get("log_file_mode"));
        assertEquals("1GB", config.postgresql().parameters().get("wal_keep_size"));
        assertEquals(Map.of("recovery_target_timeline", "latest"), config.postgresql().recoveryConf());
        assertEquals(List.of("--encoding=UTF8", "--data-checksums", "--locale=en_US.UTF-8"), config.bootstrap().initdbOptions());
        assertEquals(4, config.bootstrap().pgHba().size());
        assertEquals(List.of(new BootstrapUser("admin", Optional.of(new Secret("admin_password")), List.of("createrole", "createdb"))),
            config.bootstrap().users());
        assertTrue(config.bootstrap().present());
        assertEquals(Optional.empty(), config.raft());
        assertEquals(List.of(SAMPLES + "/guide-node1.yml:34: postgresql.basebackup: the option command is left out, the agent sets"
            + " it itself (it runs pg_basebackup from postgresql.bin_dir)", SAMPLES + "/guide-node1.yml:11: " + OLD_ETCD), loaded.warnings());
    }

    @Test
    void minimalUsersFileLoadsAsItIs() throws Exception {
        LoadedConfig loaded = ConfigLoader.load(Optional.of(SAMPLES.resolve("minimal.yml")), Map.of());
        AgentConfig config = loaded.config();
        assertEquals("db-node-01", config.name());
        assertEquals("0.0.0.0", config.postgresql().listenAddresses());
        assertEquals(5433, config.postgresql().listenPort());
        assertEquals(new HostPort("10.0.0.100", 2380), config.etcd().orElseThrow().hosts().get(0));
        assertEquals("150", config.postgresql().parameters().get("max_connections"));
        assertEquals(List.of("src/test/resources/samples/minimal.yml:8: " + OLD_ETCD), loaded.warnings());
    }

    @Test
    void annotatedSampleForAgents() throws Exception {
        LoadedConfig loaded = ConfigLoader.load(Optional.of(Path.of("config/samples/matriarch.yml")), Map.of());
        assertEquals(List.of(), loaded.warnings());
        assertEquals(2, loaded.config().raft().orElseThrow().partnerAddrs().size());
        assertEquals(Duration.ofMillis(2500), loaded.config().raft().orElseThrow().leaderLease());
        assertTrue(loaded.config().postgresql().usePgRewind());
        assertEquals(30, loaded.config().bootstrap().dcs().get("ttl"));
    }

    @Test
    void annotatedSampleForWitnesses() throws Exception {
        LoadedWitness loaded = ConfigLoader.loadWitness(Optional.of(Path.of("config/samples/witness.yml")), Map.of());
        assertEquals(List.of(), loaded.warnings());
        assertEquals("/service", loaded.config().raft().group());
        assertEquals(new HostPort("192.0.2.13", 2380), loaded.config().raft().selfAddr().orElseThrow());
    }

    @Test
    void witnessAcceptsAnAgentsFile() throws Exception {
        assertEquals(Path.of("/data/raft"), ConfigLoader.loadWitness(Optional.of(Configs.file(directory, Configs.SMALLEST)), Map.of())
            .config().raft().dataDir());
    }

    @Test
    void witnessNeedsAnAddressOfItsOwn() throws Exception {
        Path file = Configs.file(directory, "raft: {partner_addrs: [a:1]}");
        ConfigException e = assertThrows(ConfigException.class, () -> ConfigLoader.loadWitness(Optional.of(file), Map.of()));
        assertEquals(file + ": raft.self_addr: missing; required: HOST:PORT at which the other peers reach this witness", e.getMessage());
    }

    @Test
    void clientDoesWithNothing() throws Exception {
        ClientConfig config = ConfigLoader.loadClient(Optional.empty(), Map.of()).config();
        assertEquals(Optional.empty(), config.scope());
        assertEquals("/service", config.namespace());
    }

    @Test
    void clientTakesTheLoginOfTheRestApiWhenItHasNoneOfItsOwn() throws Exception {
        String yaml = Configs.SMALLEST.replace("restapi:", "restapi:\n  authentication: {username: u, password: p}");
        ClientConfig config = ConfigLoader.loadClient(Optional.of(Configs.file(directory, yaml)), Map.of()).config();
        assertEquals("u", config.ctl().authentication().orElseThrow().username());
        assertEquals(Optional.of(new HostPort("127.0.0.1", 8008)), config.restapi());
    }

    @Test
    void environmentWinsOverTheFile() throws Exception {
        AgentConfig config = Configs.load(directory, Configs.SMALLEST, Map.ofEntries(
            Map.entry("PATRONI_SCOPE", "other"), Map.entry("PATRONI_NAMESPACE", "db//prod/"), Map.entry("PATRONI_NAME", ""),
            Map.entry("PATRONI_RESTAPI_USERNAME", "u"), Map.entry("PATRONI_RESTAPI_PASSWORD", "p"),
            Map.entry("PATRONI_SUPERUSER_PASSWORD", "s"), Map.entry("PATRONI_SUPERUSER_SSLMODE", "require"),
            Map.entry("PATRONI_REWIND_USERNAME", "r"),
            Map.entry("PATRONI_POSTGRESQL_LISTEN", "a,[::1]:6000"), Map.entry("PATRONI_POSTGRESQL_BIN_PG_CTL", "pgctl"),
            Map.entry("PATRONI_RAFT_PARTNER_ADDRS", "'b:1', 'c:2'"), Map.entry("MATRIARCH_RAFT_LEADER_LEASE", "1500ms"),
            Map.entry("PATRONI_RESTAPI_ALLOWLIST", "['10.0.0.0/8', h]"), Map.entry("PATRONI_RESTAPI_HTTP_EXTRA_HEADERS", "'X-A': b, C: 'd'"),
            Map.entry("PATRONI_POSTGRESQL_CONNECT_ADDRESS", "n1"), Map.entry("PATRONI_LOG_LEVEL", "warn"), Map.entry("MATRIARCH_GUARD", "off"),
            Map.entry("PATRONI_CTL_USERNAME", "cu"), Map.entry("PATRONI_CTL_PASSWORD", "cp"))).config();
        assertEquals("other", config.scope());
        assertEquals("node1", config.name(), "an empty variable counts as unset");
        assertEquals("/db/prod", config.namespace());
        assertEquals("/db/prod", config.raft().orElseThrow().group());
        assertEquals(Optional.of(new Secret("p")), config.restapi().authentication().orElseThrow().password());
        assertEquals(new Credentials("postgres", Optional.of(new Secret("s")), Map.of("sslmode", "require")),
            config.postgresql().authentication().superuser());
        assertEquals("r", config.postgresql().authentication().rewind().orElseThrow().username());
        assertEquals("a,::1", config.postgresql().listenAddresses());
        assertEquals(6000, config.postgresql().listenPort());
        assertEquals(Map.of("pg_ctl", "pgctl"), config.postgresql().binNames());
        assertEquals(List.of(new HostPort("b", 1), new HostPort("c", 2)), config.raft().orElseThrow().partnerAddrs());
        assertEquals(Duration.ofMillis(1500), config.raft().orElseThrow().leaderLease());
        assertEquals(List.of("10.0.0.0/8", "h"), config.restapi().allowlist());
        assertEquals(Map.of("X-A", "b", "C", "d"), config.restapi().httpExtraHeaders());
        assertEquals("WARNING", config.log().level());
        assertEquals(GuardMode.OFF, config.guard());
        assertEquals("cu", config.ctl().authentication().orElseThrow().username());
    }

    @Test
    void ownPrefixWinsOverPatronis() throws Exception {
        assertEquals("b", Configs.load(directory, Configs.SMALLEST, Map.of("PATRONI_NAME", "a", "MATRIARCH_NAME", "b")).config().name());
    }

    @Test
    void environmentAloneIsEnough() throws Exception {
        AgentConfig config = ConfigLoader.load(Optional.empty(), Map.of("PATRONI_SCOPE", "s", "PATRONI_NAME", "n",
            "PATRONI_RESTAPI_LISTEN", "h:1", "PATRONI_POSTGRESQL_LISTEN", "h:2", "PATRONI_POSTGRESQL_DATA_DIR", "/d",
            "PATRONI_SUPERUSER_USERNAME", "su", "PATRONI_REPLICATION_USERNAME", "re", "PATRONI_ETCD3_HOSTS", "e1:2379,e2:2379")).config();
        assertEquals("s", config.scope());
        assertEquals("etcd3", config.etcd().orElseThrow().section());
    }

    @Test
    void wholeConfigurationInOneVariableSilencesTheOthers() throws Exception {
        AgentConfig config = ConfigLoader.load(Optional.empty(), Map.of("PATRONI_CONFIGURATION", Configs.SMALLEST, "PATRONI_NAME", "x")).config();
        assertEquals("node1", config.name());
    }

    @Test
    void directoryIsMergedInNameOrder() throws Exception {
        Files.writeString(directory.resolve("10-base.yml"), Configs.SMALLEST + "tags: {clonefrom: true, zone: a}\n");
        Files.writeString(directory.resolve("20-more.yaml"), "name: node2\ntags: {clonefrom: null}\npostgresql: {parameters: {work_mem: 8MB}}\n");
        Files.writeString(directory.resolve("30-ignored.txt"), "name: node3\n");
        AgentConfig config = ConfigLoader.load(Optional.of(directory), Map.of()).config();
        assertEquals("node2", config.name());
        assertEquals(Map.of("zone", "a"), config.tags().all());
        assertEquals("8MB", config.postgresql().parameters().get("work_mem"));
        assertEquals("postgres", config.postgresql().authentication().superuser().username());
    }

    @Test
    void raftBesideEtcdWinsWithAWord() throws Exception {
        LoadedConfig loaded = Configs.load(directory, Configs.SMALLEST + "etcd: {host: 'e:1'}\n");
        assertEquals(Optional.empty(), loaded.config().etcd());
        assertEquals(List.of(directory + "/m.yml:16: both raft and etcd are given; raft is used"), loaded.warnings());
    }

    @Test
    void groupCanBeUsedWithoutAPeerOfOnesOwn() throws Exception {
        RaftConfig raft = Configs.load(directory, Configs.SMALLEST.replace("self_addr: 127.0.0.1:2380", "partner_addrs: a:1,b:2"))
            .config().raft().orElseThrow();
        assertEquals(Optional.empty(), raft.selfAddr());
        assertEquals(List.of(new HostPort("a", 1), new HostPort("b", 2)), raft.partnerAddrs());
    }

    @Test
    void oldStyleLogins() throws Exception {
        String yaml = Configs.SMALLEST.replaceAll("(?s)  authentication:.*raft:",
            "  pg_rewind: {username: super, password: x}\n  replication: {username: repl}\nraft:");
        PostgresqlConfig postgresql = Configs.load(directory, yaml).config().postgresql();
        assertEquals("super", postgresql.authentication().superuser().username());
        assertEquals("super", postgresql.authentication().rewind().orElseThrow().username());
        assertEquals("repl", postgresql.authentication().replication().username());
        assertTrue(postgresql.usePgRewind());
    }

    @Test
    void anchorsAndMergeKeys() throws Exception {
        String yaml = Configs.SMALLEST + "tags: &t {zone: a, rack: r1}\nlog:\n  loggers: {<<: *t, zone: info, rack: debug}\n";
        assertEquals(Map.of("zone", "INFO", "rack", "DEBUG"), Configs.load(directory, yaml).config().log().loggers());
    }

    @Test
    void tagsFollowPatronisRules() throws Exception {
        TagsConfig tags = Configs.load(directory, Configs.SMALLEST + "tags: {failover_priority: 0, sync_priority: 0, nostream: 'on', rack: 7}\n")
            .config().tags();
        assertTrue(tags.nofailover() && tags.nosync() && tags.nostream());
        assertEquals(0, tags.failoverPriority());
        assertEquals(Map.of("failover_priority", 0, "sync_priority", 0, "nostream", true, "rack", 7), tags.all());
    }

    @Test
    void bootstrapWithNothingInItStillFoundsACluster() throws Exception {
        assertTrue(Configs.load(directory, Configs.SMALLEST + "bootstrap:\n").config().bootstrap().present());
    }
}
