package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A secret that was read must not come out anywhere: the word {@code hush} is in every one. */
class SecretsTest {

    private static final String EVERYWHERE = Configs.SMALLEST.replace("username: postgres", "username: postgres\n      password: hush1\n      sslpassword: hush2")
        .replace("restapi:", "restapi:\n  username: u\n  password: hush3\n  keyfile_password: hush4")
        .replace("raft:", "raft:\n  password: hush5")
        .replace("  data_dir: /data/pg", "  data_dir: /data/pg\n  recovery_conf:\n    primary_conninfo: host=a password=hush6 user=b"
            + "\n  parameters:\n    archive_command: tool --password hush7 s3://k:hush8@bucket")
        + """
        ctl:
          authentication: {username: c, password: hush9}
        bootstrap:
          users: {admin: {password: hush10, options: [createdb]}}
          post_bootstrap: psql "password='hush11 hush' user=x"
          dcs: {standby_cluster: {host: h, password: hush12}, postgresql: {parameters: {ssl_passphrase_command: echo hush13}}}
        tags: {api_token: hush14}
        """;

    @TempDir
    private Path directory;

    @Test
    void nothingShownHoldsASecret() throws Exception {
        LoadedConfig loaded = Configs.load(directory, EVERYWHERE, Map.of("PATRONI_REPLICATION_PASSWORD", "hush15"));
        assertEquals("hush15", loaded.config().postgresql().authentication().replication().password().orElseThrow().reveal());
        assertEquals("host=a password=hush6 user=b", loaded.config().postgresql().recoveryConf().get("primary_conninfo"));
        String report = ConfigReport.render(loaded);
        assertFalse(report.contains("hush"), report);
        assertTrue(report.contains("password: \"***\"  # environment PATRONI_REPLICATION_PASSWORD"), report);
        assertFalse(loaded.warnings().toString().contains("hush"), loaded.warnings().toString());
        assertFalse(loaded.config().toString().contains("hush"), loaded.config().toString());
        assertFalse(loaded.config().postgresql().authentication().toString().contains("hush"));
        assertFalse(loaded.config().bootstrap().users().toString().contains("hush"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"password: *hush", "password: !hush x", "password: &hush", "password: [hush", "password: {hush: a}",
        "password: @hush", "password: %hush", "password: \"hush", "password: hush: hush", "password: |hush", "password: >hush", "password: `hush`",
        "password: 'hush' hush", "password: [hush, hush]"})
    void brokenPasswordIsNotQuotedBack(String line) throws Exception {
        String yaml = Configs.SMALLEST.replace("restapi:", "restapi:\n  authentication:\n    username: u\n    " + line);
        String problems = "";
        try {
            Configs.load(directory, yaml);
        } catch (ConfigException e) {
            problems = e.getMessage();
        }
        assertFalse(problems.contains("hush"), problems);
        assertFalse(problems.isEmpty());
    }
}
