package io.matriarch.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.config.ConfigException;
import io.matriarch.config.ConfigLoader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NotYetTest {

    private static final String AGENT = """
            scope: s
            name: n
            restapi: {listen: '127.0.0.1:8008', connect_address: '127.0.0.1:8008'}
            raft: {data_dir: /var/lib/r, self_addr: '127.0.0.1:2222'}
            postgresql:
              listen: 127.0.0.1:5432
              connect_address: 127.0.0.1:5432
              data_dir: /var/lib/pg/data
              authentication:
                superuser: {username: postgres}
                replication: {username: replicator}
            """;

    @Test
    void whatHasNoEffectIsNamed() {
        List<String> said = NotYet.inDynamic(Map.of("standby_cluster", Map.of("host", "h"),
                "slots", Map.of("s1", Map.of()), "ttl", 30), true);
        assertEquals(2, said.size(), said.toString());
        assertTrue(said.get(0).startsWith("standby_cluster is not available"));
    }

    @Test
    void theFailsafeModeIsForAnExternalStore() {
        assertEquals(1, NotYet.inDynamic(Map.of("failsafe_mode", true), true).size());
        assertEquals(List.of(), NotYet.inDynamic(Map.of("failsafe_mode", true), false));
    }

    @Test
    void theUsualSettingsAreNotTalkedAbout() {
        assertEquals(List.of(), NotYet.inDynamic(Map.of("synchronous_mode", false, "slots", Map.of(), "loop_wait", 10), true));
    }

    @Test
    void aStandbyClusterIsNotFoundedAsAPrimary() throws Exception {
        StartupException e = assertThrows(StartupException.class, () -> NotYet.refuseFoundingOfStandbyCluster(
                load(AGENT + "bootstrap: {dcs: {standby_cluster: {host: h}}}\n")));
        assertTrue(e.getMessage().startsWith("bootstrap.dcs.standby_cluster"));
        NotYet.refuseFoundingOfStandbyCluster(load(AGENT + "bootstrap: {dcs: {ttl: 30}}\n"));
    }

    private static io.matriarch.config.AgentConfig load(String yaml) throws ConfigException {
        return ConfigLoader.load(Optional.empty(), Map.of("PATRONI_CONFIGURATION", yaml)).config();
    }
}
