package io.matriarch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Member.MemberRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterDocumentsTest {

    private static final ClusterKeys KEYS = ClusterKeys.of("service", "demo");
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final Revision SEVEN = new Revision(7);

    private static ClusterView view(String... keysAndValues) {
        List<StoredKey> stored = new ArrayList<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            stored.add(new StoredKey("/service/demo/" + keysAndValues[i], keysAndValues[i + 1], SEVEN,
                    new LeaseId(9)));
        }
        return ClusterDocuments.view(KEYS, new Revision(100), stored);
    }

    private static MemberRecord member(String value) {
        return view("members/a", value).member(A).orElseThrow().record();
    }

    private static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static final String PRIMARY_VALUE = "{\"conn_url\":\"postgres://10.0.0.1:5432/postgres\","
            + "\"api_url\":\"http://10.0.0.1:8008/patroni\",\"state\":\"running\",\"role\":\"primary\","
            + "\"version\":\"4.1.0\",\"xlog_location\":67108960,\"timeline\":1}";

    private static final String FULL_VALUE = "{\"conn_url\":\"postgres://10.0.0.2:5432/postgres\","
            + "\"api_url\":\"http://10.0.0.2:8008/patroni\",\"state\":\"running\",\"role\":\"replica\","
            + "\"version\":\"4.1.0\",\"proxy_url\":\"postgres://p:1/postgres\",\"checkpoint_after_promote\":false,"
            + "\"tags\":{\"nofailover\":true,\"clonefrom\":null,\"failover_priority\":2},\"pending_restart\":true,"
            + "\"pending_restart_reason\":{\"max_connections\":{\"old_value\":\"100\",\"new_value\":\"200\"}},"
            + "\"xlog_location\":67108960,\"replay_lsn\":67108900,\"receive_lsn\":67108960,"
            + "\"replication_state\":\"streaming\",\"timeline\":2,\"scheduled_restart\":{\"schedule\":"
            + "\"2030-01-01T00:00:00+00:00\",\"postmaster_start_time\":null},\"pause\":true,\"zeta\":[1,2.5]}";

    @Test
    void aPrimaryIsWrittenAsPatroniWritesIt() {
        MemberRecord record = new MemberRecord(Optional.of("postgres://10.0.0.1:5432/postgres"),
                Optional.of("http://10.0.0.1:8008/patroni"), "running", PostgresRole.PRIMARY, "4.1.0",
                Optional.of(new Lsn(67108960)), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.of(new Timeline(1)), false, Map.of(), Map.of());
        assertEquals(PRIMARY_VALUE, ClusterDocuments.member(record));
        assertEquals(record, member(PRIMARY_VALUE));
    }

    @Test
    void everyFieldOfAMemberComesBackInItsPlace() {
        MemberRecord record = member(FULL_VALUE);
        assertEquals(FULL_VALUE, ClusterDocuments.member(record));
        assertEquals(map("nofailover", true, "clonefrom", null, "failover_priority", 2), record.tags());
        assertEquals(Set.of("proxy_url", "checkpoint_after_promote", "pending_restart", "pending_restart_reason",
                "scheduled_restart", "zeta"), record.extra().keySet());
        assertTrue(record.pause());
    }

    @Test
    void anOldConnectionUrlIsAMember() {
        MemberRecord record = member("postgres://u@h:5432/postgres?x=1&application_name=http://h:8008/pat%72oni");
        assertEquals(Optional.of("postgres://u@h:5432/postgres"), record.connUrl());
        assertEquals(Optional.of("http://h:8008/patroni"), record.apiUrl());
        assertEquals(Optional.empty(), member("postgres://h/postgres").apiUrl());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[]", "null", "7", "{\"state\":7,\"role\":null,\"tags\":[],"
            + "\"xlog_location\":\"x\",\"timeline\":99999999999,\"conn_url\":{}}", "{\"state\":"})
    void anUnreadableMemberIsAnEmptyOne(String value) {
        MemberRecord record = member(value);
        assertEquals(Optional.empty(), record.connUrl());
        assertEquals("", record.state());
        assertEquals(PostgresRole.REPLICA, record.role());
        assertEquals(Optional.empty(), record.xlogLocation());
        assertEquals(Optional.empty(), record.timeline());
        assertEquals(Map.of(), record.tags());
    }

    @Test
    void oldWordsAndTextNumbersAreUnderstood() {
        assertEquals(PostgresRole.PRIMARY, member("{\"role\":\"master\"}").role());
        assertEquals(Optional.of(new Lsn(12)), member("{\"xlog_location\":\"12\"}").xlogLocation());
    }

    @Test
    void membersLieOneLevelDeepAndOthersAreIgnored() {
        ClusterView view = view("members/b", "{}", "members/a", "{}", "members/c/d", "{}", "0/members/e", "{}");
        assertEquals(List.of(A, B), List.copyOf(view.members().keySet()));
        assertEquals(SEVEN, view.member(A).orElseThrow().modified());
    }

    @Test
    void theLeaderKeyIsALock() {
        assertEquals(Optional.of(new LeaderLock(A, new LeaseId(9), SEVEN)), view("leader", "a").leader());
        assertTrue(view("leader", "").isUnlocked());
        assertTrue(view("leader", "a/b").isUnlocked());
        assertTrue(view().isUnlocked());
    }

    @Test
    void theStatusIsWrittenWithWhatItHas() {
        assertEquals("{\"optime\":67108960}", ClusterDocuments.status(
                new ClusterStatus(new Lsn(67108960), Map.of(), List.of())));
        Map<String, Lsn> slots = new LinkedHashMap<>();
        slots.put("b", new Lsn(2));
        slots.put("a", new Lsn(1));
        ClusterStatus full = new ClusterStatus(new Lsn(3), slots, List.of("x", "y"));
        String text = "{\"optime\":3,\"slots\":{\"b\":2,\"a\":1},\"retain_slots\":[\"x\",\"y\"]}";
        assertEquals(text, ClusterDocuments.status(full));
        assertEquals(full, view("status", text).status());
    }

    @Test
    void oldFormsOfTheStatusAreRead() {
        assertEquals(new Lsn(42), view("status", "42").status().optime());
        assertEquals(new Lsn(43), view("optime/leader", "43").status().optime());
        assertEquals(new Lsn(42), view("status", "42", "optime/leader", "43").status().optime());
        ClusterStatus asText = view("status",
                "{\"optime\":\"5\",\"slots\":\"{\\\"a\\\":1,\\\"b\\\":\\\"x\\\"}\",\"retain_slots\":\"[\\\"r\\\",1]\"}").status();
        assertEquals(new ClusterStatus(new Lsn(5), Map.of("a", new Lsn(1)), List.of("r")), asText);
        for (String unreadable : List.of("", "x", "[]", "null", "{}", "{\"slots\":7,\"retain_slots\":{}}")) {
            assertEquals(ClusterStatus.EMPTY, view("status", unreadable).status(), unreadable);
        }
    }

    @Test
    void theHistoryIsAListOfLists() {
        TimelineHistory history = new TimelineHistory(true, List.of(
                new TimelineHistory.Entry(1, new Lsn(25165984), "no recovery target specified",
                        Optional.of("2030-01-02T03:04:05.678901+00:00"), Optional.of("b")),
                new TimelineHistory.Entry(2, new Lsn(3), "x", Optional.of("t"), Optional.empty()),
                new TimelineHistory.Entry(3, new Lsn(4), "y", Optional.empty(), Optional.empty())));
        String text = "[[1,25165984,\"no recovery target specified\",\"2030-01-02T03:04:05.678901+00:00\",\"b\"],"
                + "[2,3,\"x\",\"t\"],[3,4,\"y\"]]";
        assertEquals(text, ClusterDocuments.history(history));
        assertEquals(history, view("history", text).history());
        assertEquals(new Timeline(4), view("history", text).history().current());
        assertEquals(new TimelineHistory(true, List.of()), view("history", "nonsense").history());
        assertEquals(List.of(), view("history", "[7,[1,2],[\"x\",1,\"r\"]]").history().entries());
        assertFalse(view().history().present());
    }

    @Test
    void theSyncKeyHasSortedNames() {
        SyncState sync = new SyncState(Optional.of(A), 1, Set.of(new MemberName("c"), B), SEVEN);
        String text = "{\"leader\":\"a\",\"quorum\":1,\"sync_standby\":\"b,c\"}";
        assertEquals(text, ClusterDocuments.sync(sync));
        assertEquals(Optional.of(sync), view("sync", text).sync());
        assertEquals("{\"leader\":null,\"quorum\":0,\"sync_standby\":null}",
                ClusterDocuments.sync(new SyncState(Optional.empty(), 0, Set.of(), SEVEN)));
    }

    @Test
    void anUnreadableSyncKeyIsAnEmptyOneWithItsRevision() {
        SyncState empty = new SyncState(Optional.empty(), 0, Set.of(), SEVEN);
        for (String value : List.of("", "x", "[]", "{}", "{\"leader\":null,\"quorum\":3}")) {
            assertEquals(Optional.of(empty), view("sync", value).sync(), value);
        }
        assertEquals(Optional.of(new SyncState(Optional.of(A), 0, Set.of(B), SEVEN)),
                view("sync", "{\"leader\":\"a\",\"sync_standby\":\" b ,,\"}").sync());
        assertEquals(Optional.empty(), view().sync());
    }

    @Test
    void theFailoverKeyIsWrittenInPatronisOrder() {
        assertEquals("{\"leader\":\"a\",\"member\":\"b\",\"scheduled_at\":\"2030-01-02T03:04:05+00:00\"}",
                ClusterDocuments.failover(Optional.of(A), Optional.of(B), Optional.of("2030-01-02T03:04:05+00:00")));
        assertEquals("{\"member\":\"b\"}",
                ClusterDocuments.failover(Optional.empty(), Optional.of(B), Optional.empty()));
    }

    @Test
    void aFailoverRequestNeedsAName() {
        for (String value : List.of("{}", "", "null", "7", "[]", "{\"scheduled_at\":\"2030-01-01\"}",
                "{\"leader\":\"\",\"member\":null}")) {
            assertEquals(Optional.empty(), view("failover", value).failover(), value);
        }
        assertEquals(Optional.of(new FailoverRequest(Optional.of(A), Optional.of(B), Optional.empty(), SEVEN)),
                view("failover", "a:b").failover());
        assertEquals(Optional.of(new FailoverRequest(Optional.of(A), Optional.empty(), Optional.empty(), SEVEN)),
                view("failover", "a").failover());
    }

    @Test
    void anUnreadableTimeDoesNotBreakTheView() {
        FailoverRequest request = view("failover", "{\"leader\":\"a\",\"scheduled_at\":\"soon\"}").failover()
                .orElseThrow();
        assertEquals(Optional.of("soon"), request.scheduledAt());
        assertEquals(Optional.empty(), view("failover", "{\"leader\":\"a\",\"scheduled_at\":7}").failover()
                .orElseThrow().scheduledAt());
    }

    @Test
    void theConfigKeepsItsOrderAndItsTypes() {
        Map<String, Object> document = map("ttl", 30, "postgresql", map("use_pg_rewind", true, "parameters",
                map("work_mem", null, "x", 1.5)), "list", Arrays.asList(1, "2", null), "big", 1L << 40);
        String text = "{\"ttl\":30,\"postgresql\":{\"use_pg_rewind\":true,\"parameters\":{\"work_mem\":null,\"x\":1.5}},"
                + "\"list\":[1,\"2\",null],\"big\":1099511627776}";
        assertEquals(text, ClusterDocuments.config(document));
        assertEquals(new DynamicConfig(document, SEVEN), view("config", text).config());
        assertEquals(text, ClusterDocuments.config(view("config", text).config().document()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "[]", "null", "{\"ttl\":30", "{} trailing"})
    void anUnreadableConfigIsAbsent(String value) {
        assertEquals(DynamicConfig.ABSENT, view("config", value).config());
        assertTrue(view("config", "{}").config().isPresent());
    }

    @Test
    void textIsEscapedAsByPython() {
        assertEquals("{\"k\\u00e9y\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\ud83d\\ude00\\u20ac\"}",
                ClusterDocuments.config(Map.of("kéy", "\"\\/\b\f\n\r\t\u0001😀€")));
    }

    @Test
    void failsafeIsAMapOfUrls() {
        assertEquals(Map.of("a", "http://a:8008/patroni"),
                view("failsafe", "{\"a\":\"http://a:8008/patroni\",\"b\":7}").failsafe());
        assertEquals(Map.of(), view("failsafe", "x").failsafe());
    }

    @Test
    void initializeIsPlainText() {
        assertEquals(Optional.of(""), view("initialize", "").initialize());
        assertEquals(Optional.of("7000"), view("initialize", "7000").initialize());
        assertEquals(Optional.empty(), view().initialize());
        assertEquals(new Revision(100), view().revision());
    }
}
