package io.matriarch.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whole texts, character by character. */
class MemberTableTest {

    private final Map<String, Object> leader = new LinkedHashMap<>();
    private final Map<String, Object> replica = new LinkedHashMap<>();
    private final Map<String, Object> document = new LinkedHashMap<>();

    MemberTableTest() {
        leader.putAll(Map.of("name", "postgresql0", "role", "leader", "state", "running", "host", "127.0.0.1",
                "port", 5432, "timeline", 5));
        replica.putAll(Map.of("name", "postgresql1", "role", "replica", "state", "streaming", "host", "127.0.0.1",
                "port", 5433, "timeline", 5));
        replica.putAll(Map.of("receive_lsn", "0/40004E8", "receive_lag", 0, "replay_lsn", "0/40004E8", "replay_lag", 0,
                "lsn", "0/40004E8", "lag", 0));
        document.put("members", new ArrayList<>(List.of(leader, replica)));
    }

    @Test
    void twoMembersOnOneHost() {
        assertEquals("""
                + Cluster: batman (7277694203142172922) -+-----------+----+-------------+-----+------------+-----+
                | Member      | Host           | Role    | State     | TL | Receive LSN | Lag | Replay LSN | Lag |
                +-------------+----------------+---------+-----------+----+-------------+-----+------------+-----+
                | postgresql0 | 127.0.0.1:5432 | Leader  | running   |  5 |             |     |            |     |
                | postgresql1 | 127.0.0.1:5433 | Replica | streaming |  5 |   0/40004E8 |   0 |  0/40004E8 |   0 |
                +-------------+----------------+---------+-----------+----+-------------+-----+------------+-----+
                """, render(OutputFormat.PRETTY));
    }

    @Test
    void usualPortsOnTwoHostsAreNotShownAndUnknownPositionsAre() {
        replica.putAll(Map.of("host", "10.0.0.12", "port", 5432, "state", "starting", "role", "sync_standby"));
        for (String part : List.of("receive_", "replay_", "")) {
            replica.put(part + "lsn", "unknown");
            replica.put(part + "lag", "unknown");
        }
        replica.remove("timeline");
        assertEquals("""
                + Cluster: batman (initializing) --------+----------+----+-------------+-----+------------+-----+
                | Member      | Host      | Role         | State    | TL | Receive LSN | Lag | Replay LSN | Lag |
                +-------------+-----------+--------------+----------+----+-------------+-----+------------+-----+
                | postgresql0 | 127.0.0.1 | Leader       | running  |  5 |             |     |            |     |
                | postgresql1 | 10.0.0.12 | Sync Standby | starting |    |     unknown |     |    unknown |     |
                +-------------+-----------+--------------+----------+----+-------------+-----+------------+-----+
                """, new MemberTable("batman", "", document, OutputFormat.PRETTY, false).render());
    }

    @Test
    void tagsAndPendingRestartMakeMoreColumnsAndRulesBetweenRows() {
        leader.put("pending_restart", true);
        leader.put("pending_restart_reason", new LinkedHashMap<>(Map.of("max_connections",
                Map.of("old_value", "100", "new_value", "200"))));
        replica.put("tags", new LinkedHashMap<>(Map.of("nofailover", true, "clonefrom", true)));
        replica.put("host", "10.0.0.12");
        replica.put("port", 5432);
        assertEquals("""
                + Cluster: batman (7277694203142172922) --------+----+-------------+-----+------------+-----+-----------------+---------------------------+------------------+
                | Member      | Host      | Role    | State     | TL | Receive LSN | Lag | Replay LSN | Lag | Pending restart | Pending restart reason    | Tags             |
                +-------------+-----------+---------+-----------+----+-------------+-----+------------+-----+-----------------+---------------------------+------------------+
                | postgresql0 | 127.0.0.1 | Leader  | running   |  5 |             |     |            |     | *               | max_connections: 100->200 |                  |
                +-------------+-----------+---------+-----------+----+-------------+-----+------------+-----+-----------------+---------------------------+------------------+
                | postgresql1 | 10.0.0.12 | Replica | streaming |  5 |   0/40004E8 |   0 |  0/40004E8 |   0 |                 |                           | clonefrom: true  |
                |             |           |         |           |    |             |     |            |     |                 |                           | nofailover: true |
                +-------------+-----------+---------+-----------+----+-------------+-----+------------+-----+-----------------+---------------------------+------------------+
                """, render(OutputFormat.PRETTY));
    }

    @Test
    void longReasonsAreHiddenFromPeopleOnly() {
        leader.put("pending_restart_reason", Map.of("shared_preload_libraries",
                Map.of("old_value", "pg_stat_statements", "new_value", "pg_stat_statements,auto_explain")));
        assertEquals(true, render(OutputFormat.PRETTY).contains("| shared_preload_libraries: [hidden - too long] |"));
        assertEquals(true, render(OutputFormat.TSV)
                .contains("\tshared_preload_libraries: pg_stat_statements->pg_stat_statements,auto_explain"));
    }

    @Test
    void lagIsRoundedToMebibytesHalfToEven() {
        replica.put("receive_lag", 1572864);
        replica.put("replay_lag", 2621440L);
        assertEquals("batman\tpostgresql1\t127.0.0.1:5433\tReplica\tstreaming\t5\t0/40004E8\t2\t0/40004E8\t2",
                render(OutputFormat.TSV).lines().toList().get(2));
    }

    @Test
    void anOldMembersPositionGoesToTheColumnOfItsState() {
        replica.putAll(Map.of("receive_lsn", "unknown", "receive_lag", "unknown", "replay_lsn", "unknown",
                "replay_lag", "unknown", "lsn", "0/3000060", "lag", 16777216));
        assertEquals(true, render(OutputFormat.TSV).contains("\tstreaming\t5\t0/3000060\t16\tunknown\t\n"));
        replica.put("state", "in archive recovery");
        assertEquals(true, render(OutputFormat.TSV).contains("\tin archive recovery\t5\tunknown\t\t0/3000060\t16\n"));
    }

    @Test
    void maintenanceAndScheduledSwitchoverFollowTheTable() {
        document.put("pause", true);
        document.put("scheduled_switchover", Map.of("at", "2026-11-20T04:00:00+00:00", "from", "postgresql0",
                "to", "postgresql1"));
        assertEquals("""
                 Maintenance mode: on
                 Switchover scheduled at: 2026-11-20T04:00:00+00:00
                                    from: postgresql0
                                      to: postgresql1
                """, render(OutputFormat.PRETTY).lines().skip(6).map(l -> l + "\n").reduce("", String::concat));
        assertEquals(3, render(OutputFormat.TSV).lines().count());
    }

    @Test
    void jsonOnOneLineWithoutEmptyValues() {
        assertEquals("[{\"Cluster\": \"batman\", \"Member\": \"postgresql0\", \"Host\": \"127.0.0.1:5432\", \"Role\": \"Leader\","
                + " \"State\": \"running\", \"TL\": 5}, {\"Cluster\": \"batman\", \"Member\": \"postgresql1\","
                + " \"Host\": \"127.0.0.1:5433\", \"Role\": \"Replica\", \"State\": \"streaming\", \"TL\": 5,"
                + " \"Receive LSN\": \"0/40004E8\", \"Receive Lag\": 0, \"Replay LSN\": \"0/40004E8\", \"Replay Lag\": 0}]\n",
                render(OutputFormat.JSON));
    }

    @Test
    void yamlWithSortedKeysAndAnEmptyLine() {
        replica.put("tags", Map.of("nofailover", true));
        assertEquals("""
                - Cluster: batman
                  Host: 127.0.0.1:5432
                  Member: postgresql0
                  Role: Leader
                  State: running
                  TL: 5
                - Cluster: batman
                  Host: 127.0.0.1:5433
                  Member: postgresql1
                  Receive LSN: 0/40004E8
                  Receive Lag: 0
                  Replay LSN: 0/40004E8
                  Replay Lag: 0
                  Role: Replica
                  State: streaming
                  TL: 5
                  Tags:
                    nofailover: true

                """, render(OutputFormat.YAML));
    }

    @Test
    void topologyIsATreeAndLeavesOutCircles() {
        leader.put("name", "a");
        replica.put("name", "b");
        Map<String, Object> below = new LinkedHashMap<>(replica);
        below.putAll(Map.of("name", "c", "tags", Map.of("replicatefrom", "b")));
        Map<String, Object> circle = new LinkedHashMap<>(replica);
        circle.putAll(Map.of("name", "d", "tags", Map.of("replicatefrom", "e")));
        Map<String, Object> back = new LinkedHashMap<>(replica);
        back.putAll(Map.of("name", "e", "tags", Map.of("replicatefrom", "d")));
        document.put("members", List.of(leader, replica, below, circle, back));
        List<String> lines = render(OutputFormat.TOPOLOGY).lines().toList();
        assertEquals(7, lines.size());
        assertEquals(List.of("| a      ", "| + b    ", "|   + c  "),
                lines.subList(3, 6).stream().map(l -> l.substring(0, 9)).toList());
        assertEquals(true, lines.get(5).endsWith("| {replicatefrom: b} |"));
    }

    @Test
    void noMembersLeaveTheFrame() {
        document.put("members", List.of());
        assertEquals("""
                + Cluster: batman (uninitialized) --+-------------+-----+------------+-----+
                | Member | Host | Role | State | TL | Receive LSN | Lag | Replay LSN | Lag |
                +--------+------+------+-------+----+-------------+-----+------------+-----+
                +--------+------+------+-------+----+-------------+-----+------------+-----+
                """, new MemberTable("batman", null, document, OutputFormat.PRETTY, false).render());
    }

    @Test
    void extendedShowsEveryColumn() {
        assertEquals("Cluster\tMember\tHost\tRole\tState\tTL\tReceive LSN\tReceive Lag\tReplay LSN\tReplay Lag"
                + "\tPending restart\tPending restart reason\tScheduled restart\tTags",
                new MemberTable("batman", SYSID, document, OutputFormat.TSV, true).render().lines().findFirst().orElseThrow());
    }

    private static final String SYSID = "7277694203142172922";

    private String render(OutputFormat format) {
        return new MemberTable("batman", SYSID, document, format, false).render();
    }
}
