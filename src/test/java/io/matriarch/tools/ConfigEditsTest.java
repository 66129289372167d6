package io.matriarch.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigEditsTest {

    private static final Map<String, Object> CONFIG = Map.of("ttl", 30, "loop_wait", 10,
            "postgresql", Map.of("use_pg_rewind", true, "parameters", Map.of("max_connections", 100)));

    @Test
    void aSettingIsReadAsYaml() {
        assertEquals(20, ConfigEdits.set(CONFIG, "ttl=20").get("ttl"));
        assertEquals(true, ConfigEdits.set(CONFIG, "failsafe_mode=true").get("failsafe_mode"));
        assertEquals(Map.of("host", "a"), ConfigEdits.set(CONFIG, "standby_cluster.host=a").get("standby_cluster"));
    }

    @Test
    void nullRemovesAndEmptyParentsGo() {
        assertEquals(Map.of("loop_wait", 10, "postgresql", CONFIG.get("postgresql")), ConfigEdits.set(CONFIG, "ttl=null"));
        Map<String, Object> with = ConfigEdits.set(CONFIG, "a.b.c=1");
        assertEquals(CONFIG, ConfigEdits.set(with, "a.b.c=null"));
    }

    @Test
    void serverParametersMayHaveDots() {
        assertEquals(Map.of("use_pg_rewind", true, "parameters", Map.of("max_connections", 100, "auto_explain.log_min_duration", 5)),
                ConfigEdits.set(CONFIG, "postgresql.parameters.auto_explain.log_min_duration=5").get("postgresql"));
    }

    @Test
    void withoutAnEqualsSign() {
        assertEquals("Invalid parameter setting ttl",
                assertThrows(CtlError.class, () -> ConfigEdits.set(CONFIG, "ttl")).getMessage());
    }

    @Test
    void aPatchMergesMapsAndRemovesNulls() {
        java.util.Map<String, Object> patch = new java.util.HashMap<>();
        patch.put("ttl", null);
        patch.put("postgresql", Map.of("parameters", Map.of("work_mem", "8MB")));
        assertEquals(Map.of("loop_wait", 10, "postgresql", Map.of("use_pg_rewind", true,
                "parameters", Map.of("max_connections", 100, "work_mem", "8MB"))), ConfigEdits.merge(CONFIG, patch));
    }

    @Test
    void aDifferenceHasContextAndEmptyNames() {
        String before = YamlText.block(CONFIG);
        String after = YamlText.block(ConfigEdits.set(CONFIG, "ttl=20"));
        assertEquals("""
                loop_wait: 10
                postgresql:
                  parameters:
                    max_connections: 100
                  use_pg_rewind: true
                ttl: 30
                """, before);
        assertEquals(List.of("--- ", "+++ ", "@@ -3,4 +3,4 @@", "   parameters:", "     max_connections: 100",
                "   use_pg_rewind: true", "-ttl: 30", "+ttl: 20"), UnifiedDiff.of(before, after));
    }

    @Test
    void distantChangesAreHunksOfTheirOwn() {
        String before = "a\n1\n2\n3\n4\n5\n6\n7\nb\n";
        assertEquals(List.of("--- ", "+++ ", "@@ -1,4 +1,3 @@", "-a", " 1", " 2", " 3", "@@ -7,3 +6,4 @@", " 6",
                " 7", " b", "+c"), UnifiedDiff.of(before, "1\n2\n3\n4\n5\n6\n7\nb\nc\n"));
        assertEquals(List.of(), UnifiedDiff.of(before, before));
    }
}
