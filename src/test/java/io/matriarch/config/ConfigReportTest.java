package io.matriarch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReportTest {

    @TempDir
    private Path directory;

    @Test
    void eachValueNamesItsOrigin() throws Exception {
        String report = ConfigReport.render(Configs.load(directory, Configs.SMALLEST + "tags: {zone: a}\n", Map.of("PATRONI_NAME", "n9")))
            .replace(directory + "/", "");
        assertTrue(report.startsWith("""
            scope: main  # m.yml:1
            name: n9  # environment PATRONI_NAME
            namespace: /service  # default
            restapi:
              listen: 127.0.0.1:8008  # m.yml:4
              connect_address: 127.0.0.1:8008  # default
            """), report);
        assertTrue(report.contains("\n  leader_lease: 2500ms  # default\n"), report);
        assertTrue(report.contains("\n  zone: a  # m.yml:16\n"), report);
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/test/resources/samples/guide-node1.yml", "src/test/resources/samples/minimal.yml", "config/samples/matriarch.yml"})
    void reportReadsBackAsTheSameConfiguration(String file) throws Exception {
        String masked = Files.readString(Path.of(file)).replaceAll("(password: ).*", "$1\"***\"");
        LoadedConfig first = Configs.load(directory, masked);
        LoadedConfig second = Configs.load(directory, ConfigReport.render(first));
        assertEquals(first.config(), second.config());
    }

    @Test
    void awkwardTextsReadBack() throws Exception {
        String yaml = Configs.SMALLEST + """
            tags: {a: 'on', b: '12', c: "two\\nlines", d: 'x: y', e: '# no comment', f: '', g: ~, h: 1.5, i: '1e5', j: '2020-01-01', k: "quo\\"te", l: '*'}
            """;
        AgentConfig first = Configs.load(directory, yaml).config();
        AgentConfig second = Configs.load(directory, ConfigReport.render(Configs.load(directory, yaml))).config();
        assertEquals(first.tags(), second.tags());
        assertEquals(Optional.of("on"), Optional.ofNullable(second.tags().all().get("a")));
    }
}
