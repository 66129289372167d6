package io.matriarch.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a configuration as Patroni does: a YAML file or a directory of them, with variables of the environment over it.
 *
 * <p>Without a file the variable {@code PATRONI_CONFIGURATION} may hold the whole YAML, and then no other variable
 * counts; without that one the variables alone are the configuration. Every key has a variable: {@code PATRONI_} and
 * the path in capitals; {@code MATRIARCH_} in front works too and wins.
 */
public final class ConfigLoader {

    static final String NAMESPACE = "/service";
    private static final String WHOLE = "PATRONI_CONFIGURATION";
    private static final String RESERVED_NAME = "__patroni_strict_sync_replica_placeholder__";
    private static final String NO_STORE = "a section raft with self_addr and partner_addrs"
        + " (Can not find suitable configuration of distributed configuration store)";

    private final Reading reading;
    private final Setting.Block root;
    private final Section top;

    private ConfigLoader(Reading reading, Setting.Block root) {
        this.reading = reading;
        this.root = root;
        this.top = Section.top(reading, root);
    }

    /**
     * Reads the configuration of an agent.
     *
     * @throws ConfigException naming every problem with its place, key, value and what is allowed
     */
    public static LoadedConfig load(Optional<Path> fileOrDirectory, Map<String, String> environment) throws ConfigException {
        ConfigLoader loader = open(fileOrDirectory, environment);
        loader.refuseEmpty();
        AgentConfig config = loader.agent();
        loader.reading.findings().throwIfBad();
        loader.reading.warnOfUnknown(loader.root);
        return new LoadedConfig(config, loader.reading.findings().warnings(), loader.reading.settings());
    }

    /**
     * Reads the configuration of a witness: only {@code raft}, {@code namespace} and {@code log} count, an agent's file
     * will do.
     *
     * @throws ConfigException as {@link #load}
     */
    public static LoadedWitness loadWitness(Optional<Path> fileOrDirectory, Map<String, String> environment) throws ConfigException {
        ConfigLoader loader = open(fileOrDirectory, environment);
        loader.refuseEmpty();
        String namespace = loader.namespace();
        Optional<RaftConfig> raft = loader.raft(namespace);
        if (raft.isEmpty()) {
            loader.top.missing("raft", "the section raft with self_addr and partner_addrs");
        } else if (!loader.raftSection().has("self_addr")) {
            loader.raftSection().missing("self_addr", "HOST:PORT at which the other peers reach this witness");
        }
        LogConfig log = ProcessReader.log(loader.top.child("log", "LOG_"));
        EtcdAdapterConfig adapter = StoreReader.adapter(loader.top);
        loader.reading.findings().throwIfBad();
        return new LoadedWitness(new WitnessConfig(namespace, raft.orElseThrow(), log, adapter), loader.reading.findings().warnings(),
            loader.reading.settings());
    }

    /**
     * Reads what a command-line tool needs; unlike an agent it can do with very little, even with nothing at all.
     *
     * @throws ConfigException as {@link #load}
     */
    public static LoadedClient loadClient(Optional<Path> fileOrDirectory, Map<String, String> environment) throws ConfigException {
        ConfigLoader loader = open(fileOrDirectory, environment);
        Optional<String> scope = loader.top.text("scope");
        String namespace = loader.namespace();
        Section restapi = loader.top.child("restapi", "RESTAPI_");
        Optional<HostPort> address = restapi.address("connect_address", AddressRule.REACHABLE)
            .or(() -> restapi.address("listen", AddressRule.LISTEN).filter(a -> !a.isWildcard()));
        Optional<Credentials> login = RestApiReader.authentication(restapi);
        CtlConfig ctl = RestApiReader.ctl(loader.top.child("ctl", "CTL_"), restapi);
        ClientConfig config = new ClientConfig(scope, namespace, address,
            new CtlConfig(ctl.authentication().or(() -> login), ctl.insecure(), ctl.tls(), ctl.strictMembers()), loader.raft(namespace), loader.etcd());
        loader.reading.findings().throwIfBad();
        return new LoadedClient(config, loader.reading.findings().warnings(), loader.reading.settings());
    }

    private static ConfigLoader open(Optional<Path> fileOrDirectory, Map<String, String> environment) throws ConfigException {
        Findings findings = new Findings();
        String whole = environment.getOrDefault(WHOLE, "");
        boolean wholeCounts = fileOrDirectory.isEmpty() && !whole.isEmpty();
        String source = wholeCounts ? "environment " + WHOLE : fileOrDirectory.map(Path::toString).orElse("environment");
        Reading reading = new Reading(source, wholeCounts ? Map.of() : environment, findings);
        Optional<Setting.Block> root = wholeCounts ? reading.yaml().readText(whole, source)
            : fileOrDirectory.flatMap(reading.yaml()::read);
        findings.throwIfBad();
        return new ConfigLoader(reading, root.orElse(new Setting.Block(Map.of(), new Origin(source))));
    }

    private void refuseEmpty() throws ConfigException {
        if (root.entries().isEmpty() && !reading.hasVariables("")) {
            throw new ConfigException(List.of("Config is empty. Give a file, a directory with *.yml files, or PATRONI_* variables"
                + " (looked in: " + reading.source() + ")"));
        }
    }

    private AgentConfig agent() {
        String scope = keyPart("scope", "the name of the PostgreSQL cluster, without a slash");
        String name = keyPart("name", "the name of this member, unique in the cluster and without a slash");
        if (name.equals(RESERVED_NAME)) {
            top.bad("name", "any name but this one, which is reserved");
        }
        String namespace = namespace();
        Section rest = top.child("restapi", "RESTAPI_");
        RestApiConfig restapi = RestApiReader.read(rest);
        CtlConfig ctl = RestApiReader.ctl(top.child("ctl", "CTL_"), rest);
        BootstrapConfig bootstrap = BootstrapReader.read(top.child("bootstrap"), root.entries().containsKey("bootstrap"));
        PostgresqlConfig postgresql = PostgresqlReader.read(top.child("postgresql", "POSTGRESQL_"));
        Optional<RaftConfig> raft = raft(namespace);
        Optional<EtcdConfig> etcd = etcd();
        store(raft, etcd);
        TagsConfig tags = TagsReader.read(top);
        WatchdogConfig watchdog = ProcessReader.watchdog(top.child("watchdog"));
        GuardMode guard = ProcessReader.guard(top);
        LogConfig log = ProcessReader.log(top.child("log", "LOG_"));
        top.withoutEffect("threads are sized by the program", "thread_pool_size", "thread_stack_size");
        top.withoutEffect("Citus is not supported in this version", "citus");
        // These belong into the dynamic configuration; Patroni ignores them here as well.
        top.withoutEffect("it belongs into the dynamic configuration (bootstrap.dcs, then edit-config)", "ttl", "loop_wait",
            "retry_timeout", "maximum_lag_on_failover", "synchronous_mode", "synchronous_mode_strict", "standby_cluster", "slots");
        AgentConfig config = new AgentConfig(scope, name, namespace, restapi, ctl, bootstrap, postgresql, raft,
            raft.isPresent() ? Optional.empty() : etcd, tags, watchdog, guard, log, StoreReader.adapter(top));
        Collisions.report(config, reading.findings(), reading.source());
        return config;
    }

    private String keyPart(String key, String meaning) {
        String text = top.requiredText(key, meaning);
        if (text.indexOf('/') >= 0) {
            top.bad(key, meaning);
        }
        return text;
    }

    private String namespace() {
        String written = top.find("namespace").filter(Setting.Scalar.class::isInstance).map(s -> ((Setting.Scalar) s).text()).orElse(NAMESPACE);
        String namespace = normalised(written);
        if (top.has("namespace")) {
            top.text("namespace");
        } else {
            top.show("namespace", namespace, Origin.DEFAULT);
        }
        if (namespace.isEmpty()) {
            top.bad("namespace", "a path of at least one word, for example /service");
        }
        return namespace;
    }

    /** One slash in front, single ones between, none behind. */
    static String normalised(String namespace) {
        String words = namespace.trim().replaceAll("/+", "/").replaceAll("^/|/$", "");
        return words.isEmpty() ? "" : "/" + words;
    }

    private Section raftSection() {
        return top.child("raft", "RAFT_");
    }

    private Optional<RaftConfig> raft(String namespace) {
        Duration ttl = DynamicSettings.check(top.child("bootstrap"));
        return StoreReader.raft(raftSection(), namespace, ttl);
    }

    private Optional<EtcdConfig> etcd() {
        Optional<EtcdConfig> old = StoreReader.etcd(top.child("etcd", "ETCD_"), "etcd");
        Optional<EtcdConfig> current = StoreReader.etcd(top.child("etcd3", "ETCD3_"), "etcd3");
        return current.or(() -> old);
    }

    private void store(Optional<RaftConfig> raft, Optional<EtcdConfig> etcd) {
        for (String other : List.of("consul", "zookeeper", "exhibitor", "kubernetes")) {
            top.child(other);
            if (top.has(other)) {
                top.withoutEffect("this store is not supported, the section raft replaces it", other);
            }
        }
        if (raft.isEmpty() && etcd.isEmpty()) {
            reading.findings().missing(reading.source(), "raft", NO_STORE);
        }
        if (raft.isEmpty() && etcd.filter(e -> e.section().equals("etcd")).isPresent()) {
            reading.findings().warn(top.origin("etcd"), "etcd: version 2 of etcd's protocol is gone, version 3 is used, as with a section"
                + " etcd3; keys of version 2 are not seen");
        }
        if (raft.isPresent() && etcd.isPresent()) {
            reading.findings().warn(top.origin(etcd.get().section()), "both raft and " + etcd.get().section()
                + " are given; raft is used");
        }
    }
}
