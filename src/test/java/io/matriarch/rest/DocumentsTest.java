package io.matriarch.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.rest.Situations.Cluster;
import io.matriarch.rest.Situations.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The texts of status and cluster documents, and of JSON itself. */
class DocumentsTest {

    private static final String AGENT = "\"patroni\": {\"version\": \"4.1.4\", \"scope\": \"batman\", \"name\": \"a\"}}";

    private final StatusDocument documents = new StatusDocument("4.1.4", "batman", "a");

    private String status(Node node) {
        return JsonText.write(documents.of(Optional.of(node.status()), Situations.NOW));
    }

    @Test
    void primary() {
        Node n = Situations.primary();
        n.replicas = List.of(new PostgresStatus.Replica("replicator", "b", Optional.empty(), "streaming", "async", 0,
                Lsn.ZERO, Lsn.ZERO, Lsn.ZERO));
        assertEquals("{\"state\": \"running\", \"postmaster_start_time\": \"2024-01-02 03:04:05.678901+00:00\", "
                + "\"role\": \"primary\", \"server_version\": 160004, \"xlog\": {\"location\": 67108864}, \"timeline\": 3, "
                + "\"replication\": [{\"usename\": \"replicator\", \"application_name\": \"b\", \"client_addr\": null, "
                + "\"state\": \"streaming\", \"sync_state\": \"async\", \"sync_priority\": 0}], "
                + "\"dcs_last_seen\": 1700000000, \"database_system_identifier\": \"7277694203142172922\", " + AGENT,
                status(n));
    }

    @Test
    void aPrimaryThatLeadsOnWithoutTheStoreSaysSo() {
        Node n = Situations.primary();
        assertFalse(status(n).contains("failsafe_mode_is_active"));
        n.promised = Optional.of(Situations.NOW.plus(Duration.ofSeconds(1)));
        assertTrue(status(n).contains("\"failsafe_mode_is_active\": true, \"dcs_last_seen\""));
        n.promised = Optional.of(Situations.NOW);
        assertFalse(status(n).contains("failsafe_mode_is_active"));
    }

    @Test
    void replica() {
        Node n = Situations.replica();
        n.tags = Map.of("zone", "Süd");
        n.cluster.config.put("pause", "on");
        n.cluster.config.put("synchronous_mode", "quorum");
        n.cluster.sync("b", "a");
        n.pendingRestart = Map.of("max_connections", List.of("100", "200"));
        assertEquals("{\"state\": \"running\", \"postmaster_start_time\": \"2024-01-02 03:04:05.678901+00:00\", "
                + "\"role\": \"replica\", \"server_version\": 160004, \"xlog\": {\"received_location\": 67108864, "
                + "\"replayed_location\": 67108864, \"replayed_timestamp\": null, \"paused\": false}, \"timeline\": 3, "
                + "\"replication_state\": \"streaming\", \"quorum_standby\": true, \"pause\": true, "
                + "\"dcs_last_seen\": 1700000000, \"tags\": {\"zone\": \"S\\u00fcd\"}, "
                + "\"database_system_identifier\": \"7277694203142172922\", \"pending_restart\": true, "
                + "\"pending_restart_reason\": {\"max_connections\": {\"old_value\": \"100\", \"new_value\": \"200\"}}, "
                + AGENT, status(n));
    }

    @Test
    void postgresThatDoesNotAnswerInAClusterWithoutALeader() {
        Node n = Situations.replica();
        n.connectable = false;
        n.cluster.leader = Optional.empty();
        assertEquals("{\"state\": \"unknown\", \"role\": \"replica\", \"cluster_unlocked\": true, "
                + "\"dcs_last_seen\": 1700000000, \"database_system_identifier\": \"7277694203142172922\", " + AGENT,
                status(n));
    }

    @Test
    void beforeTheFirstStatus() {
        assertEquals("{\"state\": \"unknown\", \"role\": \"uninitialized\", \"cluster_unlocked\": true, "
                + "\"dcs_last_seen\": 0, " + AGENT, JsonText.write(documents.of(Optional.empty(), Situations.NOW)));
    }

    @Test
    void cluster() {
        Cluster c = new Cluster();
        c.members.remove(Situations.C);
        c.put(Situations.member("b", Map.of("nofailover", true), Map.of("pending_restart", true, "other", 1)));
        c.config.put("pause", true);
        c.failover = Optional.of(new FailoverRequest(Optional.of(Situations.A), Optional.of(Situations.B),
                Optional.of("2030-01-01T00:00:00+00:00"), new Revision(8)));
        assertEquals("{\"members\": [{\"name\": \"a\", \"role\": \"leader\", \"state\": \"running\", "
                + "\"api_url\": \"http://10.0.0.1:8008/patroni#a\", \"host\": \"10.0.0.1\", \"port\": 5433, \"timeline\": 3}, "
                + "{\"name\": \"b\", \"role\": \"replica\", \"state\": \"streaming\", "
                + "\"api_url\": \"http://10.0.0.1:8008/patroni#b\", \"host\": \"10.0.0.1\", \"port\": 5433, \"timeline\": 3, "
                + "\"pending_restart\": true, \"tags\": {\"nofailover\": true}, "
                + "\"receive_lsn\": \"0/4000000\", \"receive_lag\": 0, \"replay_lsn\": \"0/3FFFFF0\", \"replay_lag\": 16, "
                + "\"lsn\": \"0/4000000\", \"lag\": 0}], \"scope\": \"batman\", \"pause\": true, "
                + "\"scheduled_switchover\": {\"at\": \"2030-01-01T00:00:00+00:00\", \"from\": \"a\", \"to\": \"b\"}}",
                JsonText.write(ClusterDocument.of(c.view(), "batman")));
    }

    @Test
    void rolesInTheClusterDocument() {
        Cluster c = new Cluster();
        c.sync("a", "b");
        assertEquals(List.of("leader", "replica", "replica"), roles(c));
        c.config.put("synchronous_mode", true);
        assertEquals(List.of("leader", "sync_standby", "replica"), roles(c));
        c.config.put("synchronous_mode", "quorum");
        assertEquals(List.of("leader", "quorum_standby", "replica"), roles(c));
        c.config.put("standby_cluster", Map.of("port", 5432));
        assertEquals(List.of("standby_leader", "replica", "replica"), roles(c));
    }

    private static List<Object> roles(Cluster c) {
        return ClusterDocument.members(c.view()).stream().map(m -> m.get("role")).toList();
    }

    @Test
    void jsonKeepsWhatItReads() throws IOException {
        String text = "{\"a\": [1, 2.5, -3, 12345678901234567890, true, false, null, \"\\u00e9\\n\\\"\"], \"b\": {}, \"c\": []}";
        assertEquals(text, JsonText.write(JsonText.read(text)));
        assertEquals("null", JsonText.write(null));
    }

    @Test
    void jsonRefusesWhatItCannotRead() {
        List<String> bad = new ArrayList<>(Arrays.asList("", "{", "{}{}", "{'a':1}", "[1,]", "nul", "NaN", "01"));
        bad.add("[".repeat(5000) + "]".repeat(5000));
        for (String text : bad) {
            assertThrows(IOException.class, () -> JsonText.read(text), text);
        }
        Map<String, Object> odd = new LinkedHashMap<>();
        odd.put("k", new Object());
        assertThrows(IllegalArgumentException.class, () -> JsonText.write(odd));
    }

}
