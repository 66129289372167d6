package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator is told: file, line, key, value and what is allowed; or a warning with the key that was meant. */
class ConfigErrorsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        port out of range     | listen: 127.0.0.1:8008 | listen: h:70000 | m.yml:4: restapi.listen: 'h:70000' is not valid; allowed: HOST:PORT with a port from 1 to 65535
        port not a number     | listen: 127.0.0.1:8008 | listen: h:web   | m.yml:4: restapi.listen: 'h:web' is not valid; allowed: HOST:PORT with a port from 1 to 65535
        port missing          | listen: 127.0.0.1:8008 | listen: h       | m.yml:4: restapi.listen: 'h' is not valid; allowed: HOST:PORT with a port from 1 to 65535
        key missing           | scope: main            | guard: auto     | m.yml: scope: missing; required: the name of the PostgreSQL cluster, without a slash
        slash in a name       | name: node1            | name: a/b       | m.yml:2: name: 'a/b' is not valid; allowed: the name of this member, unique in the cluster and without a slash
        reserved name         | name: node1            | name: __patroni_strict_sync_replica_placeholder__ | m.yml:2: name: '__patroni_strict_sync_replica_placeholder__' is not valid; allowed: any name but this one, which is reserved
        empty text            | name: node1            | name: ''        | m.yml:2: name: '' is not valid; allowed: the name of this member, unique in the cluster and without a slash
        unreachable address   | self_addr: 127.0.0.1:2380 | self_addr: 0.0.0.0:2380 | m.yml:14: raft.self_addr: '0.0.0.0:2380' is not valid; allowed: HOST:PORT with a port from 1 to 65535, HOST being one that others can reach, not 0.0.0.0 or *
        lease too short       | data_dir: /data/raft   | leader_lease: 0.5 | m.yml:15: raft.leader_lease: '0.5' is not valid; allowed: from 1s to 30s, as a number of seconds or with a unit, for example 2.5, 2.5s or 2500ms
        lease above ttl       | data_dir: /data/raft   | leader_lease: 31s | m.yml:15: raft.leader_lease: '31s' is not valid; allowed: from 1s to 30s, as a number of seconds or with a unit, for example 2.5, 2.5s or 2500ms
        unknown unit          | data_dir: /data/raft   | leader_lease: 2parsec | m.yml:15: raft.leader_lease: '2parsec' is not valid; allowed: from 1s to 30s, as a number of seconds or with a unit, for example 2.5, 2.5s or 2500ms
        word for a choice     | name: node1            | 'name: node1\nguard: maybe' | m.yml:3: guard: 'maybe' is not valid; allowed: one of auto, off
        text for a number     | data_dir: /data/pg     | 'data_dir: /d\n  pg_ctl_timeout: soon' | m.yml:8: postgresql.pg_ctl_timeout: 'soon' is not valid; allowed: a whole number from 0 to 2147483647
        negative number       | data_dir: /data/pg     | 'data_dir: /d\n  pg_ctl_timeout: -1' | m.yml:8: postgresql.pg_ctl_timeout: '-1' is not valid; allowed: a whole number from 0 to 2147483647
        word for a flag       | data_dir: /data/pg     | 'data_dir: /d\n  use_pg_rewind: sometimes' | m.yml:8: postgresql.use_pg_rewind: 'sometimes' is not valid; allowed: true or false (also on, off, yes, no)
        list for a mapping    | data_dir: /data/pg     | 'data_dir: /d\n  parameters: [a, b]' | m.yml:8: postgresql.parameters: '[a, b]' is not valid; allowed: a mapping (keys with single values)
        text for lines        | data_dir: /data/pg     | 'data_dir: /d\n  pg_hba: local all all trust' | m.yml:8: postgresql.pg_hba: 'local all all trust' is not valid; allowed: a list of texts, one per line
        mapping for a text    | name: node1            | 'name: {a: b}'  | m.yml:2: name: '{a=b}' is not valid; allowed: a text
        bad listen            | listen: 127.0.0.1:5432 | 'listen: a,b:x' | m.yml:6: postgresql.listen: 'a,b:x' is not valid; allowed: ADDRESS[,ADDRESS]:PORT with a port from 1 to 65535, for example 0.0.0.0:5432
        connect address needed | listen: 127.0.0.1:5432 | 'listen: "*:5432"' | m.yml: postgresql.connect_address: missing; required: HOST:PORT at which the other members and the clients reach this server
        half a login          | restapi:               | 'restapi:\n  authentication: {username: u}' | m.yml: restapi.authentication.password: missing; required: username and password together, or neither
        no superuser          | superuser:             | superuserr:     | m.yml: postgresql.authentication.superuser.username: missing; required: the name of the superuser the agent connects as
        no store              | raft:                  | rafft:          | m.yml: raft: missing; required: a section raft with self_addr and partner_addrs (Can not find suitable configuration of distributed configuration store)
        custom bootstrap      | restapi:               | 'bootstrap: {method: clone}\nrestapi:' | m.yml:3: bootstrap.method: 'clone' is not valid; allowed: initdb (custom methods are not available in this version)
        dynamic out of range  | restapi:               | 'bootstrap: {dcs: {synchronous_node_count: 0}}\nrestapi:' | m.yml:3: bootstrap.dcs.synchronous_node_count: '0' is not valid; allowed: a whole number from 1 to 2147483647
        dynamic wrong word    | restapi:               | 'bootstrap: {dcs: {synchronous_mode: sync}}\nrestapi:' | m.yml:3: bootstrap.dcs.synchronous_mode: 'sync' is not valid; allowed: true, false or quorum
        dynamic parameter     | restapi:               | 'bootstrap: {dcs: {postgresql: {parameters: {max_connections: 0}}}}\nrestapi:' | m.yml:3: bootstrap.dcs.postgresql.parameters.max_connections: '0' is not valid; allowed: a whole number from 1 to 262143
        watchdog mode         | name: node1            | 'name: node1\nwatchdog: {mode: perhaps}' | m.yml:3: watchdog.mode: 'perhaps' is not valid; allowed: one of off, automatic, required, disable, disabled, false, auto, require
        log level             | name: node1            | 'name: node1\nlog: {level: loud}' | m.yml:3: log.level: 'loud' is not valid; allowed: one of debug, info, warning, error, critical, warn, fatal
        one port twice        | listen: 127.0.0.1:8008 | listen: 127.0.0.1:2380 | m.yml: restapi.listen and raft.self_addr both use port 2380; each needs one of its own
        one port on every address | listen: 127.0.0.1:8008 | 'listen: "*:5432"\n  connect_address: h:1' | m.yml: restapi.listen and postgresql.listen both use port 5432; each needs one of its own
        log inside the database | data_dir: /data/raft | data_dir: /data/pg/raft | m.yml: raft.data_dir /data/pg/raft and postgresql.data_dir /data/pg lie inside one another; each needs a directory of its own
        namespace of nothing  | name: node1            | 'name: node1\nnamespace: //' | m.yml:3: namespace: '//' is not valid; allowed: a path of at least one word, for example /service
        """)
    void problemNamesPlaceKeyValueAndWhatIsAllowed(String name, String from, String to, String problem) throws Exception {
        String yaml = Configs.SMALLEST.replaceFirst("(?m)" + Pattern.quote(from) + "$", to.replace("\\n", "\n"));
        assertEquals(List.of(problem), Configs.problems(directory, yaml, Map.of()));
    }

    @Test
    void everyProblemIsNamedAtOnce() throws Exception {
        assertEquals(List.of("m.yml: name: missing; required: the name of this member, unique in the cluster and without a slash",
            "m.yml: restapi.listen: missing; required: HOST:PORT where the REST API listens, for example 0.0.0.0:8008",
            "m.yml: postgresql.listen: missing; required: ADDRESS[,ADDRESS]:PORT with a port from 1 to 65535, for example 0.0.0.0:5432",
            "m.yml: postgresql.data_dir: missing; required: the path of the data directory",
            "m.yml: postgresql.authentication.superuser.username: missing; required: the name of the superuser the agent connects as",
            "m.yml: postgresql.authentication.replication.username: missing; required: the name of the user that replicas connect as",
            "m.yml: raft: missing; required: a section raft with self_addr and partner_addrs"
                + " (Can not find suitable configuration of distributed configuration store)"),
            Configs.problems(directory, "scope: a\n", Map.of()));
    }

    @Test
    void badVariableIsNamed() throws Exception {
        assertEquals(List.of("environment PATRONI_RESTAPI_LISTEN: restapi.listen: 'x' is not valid; allowed: HOST:PORT with a port"
            + " from 1 to 65535"), Configs.problems(directory, Configs.SMALLEST, Map.of("PATRONI_RESTAPI_LISTEN", "x")));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        broken structure | 'a: [1\nb: 2'  | m.yml: not valid YAML at line 2, column 2: expected ',' or ']', but got :
        a list           | '- a\n- b'     | invalid config file m.yml: it must hold a mapping (lines of 'key: value')
        a word           | 'hello'        | invalid config file m.yml: it must hold a mapping (lines of 'key: value')
        unquoted star    | 'password: *x' | m.yml: not valid YAML at line 1, column 11: a value that begins with *, & or ! must be quoted
        unquoted mark    | 'password: !x' | m.yml:1: a value that begins with ! must be quoted
        """)
    void brokenFile(String name, String yaml, String problem) throws Exception {
        assertEquals(List.of(problem), Configs.problems(directory, yaml.replace("\\n", "\n"), Map.of()));
    }

    @Test
    void fileThatDoesNotExist() {
        Path file = directory.resolve("nowhere.yml");
        assertEquals(file + ": cannot read this file: it does not exist",
            assertThrows(ConfigException.class, () -> ConfigLoader.load(Optional.of(file), Map.of())).getMessage());
    }

    @Test
    void directoryWithoutFiles() {
        assertEquals(directory + ": no *.yml or *.yaml file in this directory",
            assertThrows(ConfigException.class, () -> ConfigLoader.load(Optional.of(directory), Map.of())).getMessage());
    }

    @Test
    void fileThatIsNotText() throws Exception {
        Path file = Files.write(directory.resolve("m.yml"), new byte[] {'a', ':', ' ', (byte) 0xff, (byte) 0xfe});
        assertEquals(file + ": cannot read this file: it is not UTF-8 text",
            assertThrows(ConfigException.class, () -> ConfigLoader.load(Optional.of(file), Map.of())).getMessage());
    }

    @Test
    void emptyConfiguration() throws Exception {
        Path file = Configs.file(directory, "# nothing\n");
        assertTrue(assertThrows(ConfigException.class, () -> ConfigLoader.load(Optional.of(file), Map.of())).getMessage()
            .startsWith("Config is empty."));
        assertTrue(assertThrows(ConfigException.class, () -> ConfigLoader.load(Optional.empty(), Map.of())).getMessage()
            .startsWith("Config is empty."));
    }

    @Test
    void aliasesThatMultiplyAreRefused() throws Exception {
        StringBuilder yaml = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 30; i++) {
            yaml.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
        }
        assertEquals(1, Configs.problems(directory, yaml.toString(), Map.of()).size());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        misspelled in place    | 'postgresql:' | 'postgresql:\n  paramters: {a: b}' | m.yml:6: unknown key postgresql.paramters, did you mean postgresql.parameters?
        letters swapped        | 'name: node1' | 'name: node1\nlgo: {}' | m.yml:3: unknown key lgo, did you mean log?
        in the wrong section   | 'name: node1' | 'name: node1\nleader_lease: 2' | m.yml:3: unknown key leader_lease, did you mean raft.leader_lease?
        nothing like it        | 'name: node1' | 'name: node1\nzebra: 1' | m.yml:3: unknown key zebra
        misspelled dynamic key | 'name: node1' | 'name: node1\nbootstrap: {dcs: {maximum_lag_on_failovr: 1}}' | m.yml:3: unknown key bootstrap.dcs.maximum_lag_on_failovr, did you mean bootstrap.dcs.maximum_lag_on_failover?
        given twice            | 'name: node1' | 'name: node0\nname: node1' | m.yml:3: the key name is given twice; the last one counts
        raft password          | 'raft:'       | 'raft:\n  password: x' | m.yml:14: raft.password has no effect: peers know each other by certificates: raft.certfile, keyfile and cafile
        raft timing            | 'raft:'       | 'raft:\n  min_timeout: 0.4' | m.yml:14: raft.min_timeout has no effect: elections are timed by the program
        ciphers                | 'restapi:'    | 'restapi:\n  ciphers: HIGH' | m.yml:4: restapi.ciphers has no effect: the ciphers are those that Java holds for safe
        own address as partner | 'raft:'       | 'raft:\n  partner_addrs: 127.0.0.1:2380' | m.yml:14: raft.partner_addrs: 127.0.0.1:2380 is this peer's own address; it is left out
        dynamic key at the top | 'name: node1' | 'name: node1\nttl: 20' | m.yml:3: ttl has no effect: it belongs into the dynamic configuration (bootstrap.dcs, then edit-config)
        short ttl              | 'name: node1' | 'name: node1\nbootstrap: {dcs: {ttl: 10, loop_wait: 1, retry_timeout: 3}}' | m.yml:3: bootstrap.dcs.ttl: 10 is below 20; 20 will be used
        contradicting tags     | 'name: node1' | 'name: node1\ntags: {nofailover: true, failover_priority: 2}' | m.yml:3: tags.nofailover: true and tags.failover_priority: 2 contradict each other; nofailover counts
        number as a password   | '      username: postgres' | '      username: postgres\n      password: 0123' | m.yml:11: postgresql.authentication.superuser.password is not quoted and reads as a number or a boolean; it is used letter by letter, quote it to be sure
        """)
    void oddityIsWarnedOf(String name, String from, String to, String warning) throws Exception {
        String yaml = Configs.SMALLEST.replaceFirst("(?m)^" + from + "$", to.replace("\\n", "\n"));
        assertEquals(List.of(warning), Configs.warnings(directory, yaml));
    }

    @Test
    void freeSectionsHaveNoUnknownKeys() throws Exception {
        String yaml = Configs.SMALLEST.replace("postgresql:", "postgresql:\n  parameters: {pg_stat_statements.max: 1000}")
            + "tags: {datacenter: east}\n";
        LoadedConfig loaded = Configs.load(directory, yaml);
        assertEquals(List.of(), loaded.warnings());
        assertEquals("1000", loaded.config().postgresql().parameters().get("pg_stat_statements.max"));
    }

    @Test
    void misspelledVariable() throws Exception {
        assertEquals(List.of("unknown environment variable PATRONI_NAMESPAC, did you mean PATRONI_NAMESPACE?"),
            Configs.load(directory, Configs.SMALLEST, Map.of("PATRONI_NAMESPAC", "x", "PATRONI_MAIN_SERVICE_HOST", "10.0.0.1")).warnings());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"etcd_adapter: {root_password: ' '} | etcd_adapter.root_password: '***' is not valid; allowed: a password",
        "etcd_adapter: {verify_client: required} | etcd_adapter.certfile: missing; required: a certificate, since clients",
        "etcd_adapter: {certfile: /c, verify_client: maybe} | etcd_adapter.verify_client: 'maybe' is not valid; allowed: one of none, optional",
        "etcd_adapter: {keyfile: /k} | etcd_adapter.certfile: missing; required: the certificate that belongs to etcd_adapter.keyfile"})
    void tlsThatWouldBeLessThanWasAskedForIsAnError(String section, String sentence) {
        ConfigException e = assertThrows(ConfigException.class, () -> Configs.load(directory, Configs.SMALLEST + section + "\n"));
        assertTrue(e.getMessage().contains(sentence), e::getMessage);
    }

    @Test
    void peersNeedTheirAuthority() {
        ConfigException e = assertThrows(ConfigException.class, () -> Configs.load(directory,
                Configs.SMALLEST.replace("raft:\n", "raft:\n  certfile: /c\n")));
        assertTrue(e.getMessage().contains("raft.cafile: missing; required: certfile, keyfile and cafile together"), e::getMessage);
    }
}
