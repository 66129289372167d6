package io.matriarch.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.MemberName;
import io.matriarch.config.Credentials;
import io.matriarch.config.HostPort;
import io.matriarch.config.PostgresqlConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {

    static ServerSettings settings(String listen, Map<String, String> local, Map<String, Object> dynamic) {
        Credentials login = new Credentials("x", Optional.empty(), Map.of());
        return new ServerSettings(new PostgresqlConfig(listen, 5433, new HostPort("10.0.0.1", 5433), Optional.empty(),
                Path.of("/data"), Path.of("/data"), Optional.empty(), Map.of(), Optional.empty(),
                new PostgresqlConfig.Authentication(login, login, Optional.empty()), "postgres", local, List.of(), List.of(),
                List.of(), List.of(), Map.of(), false, 60, false, false, false), "batman", new MemberName("m1"), dynamic);
    }

    private static ServerSettings with(Map<String, Object> dynamicParameters) {
        return settings("0.0.0.0", Map.of(), Map.of("postgresql", Map.of("parameters", dynamicParameters)));
    }

    @Test
    void theCommandLineHasTheseDefaultsInThisOrder() {
        assertEquals("{listen_addresses=0.0.0.0, port=5433, cluster_name=batman, wal_level=replica, hot_standby=on, "
                + "max_connections=100, max_wal_senders=10, max_prepared_transactions=0, max_locks_per_transaction=64, "
                + "max_replication_slots=10, max_worker_processes=8, track_commit_timestamp=off, wal_log_hints=on}",
                settings("0.0.0.0", Map.of(), Map.of()).parameters().controlled().toString());
    }

    @ParameterizedTest(name = "{0} = {1} becomes {2}")
    @CsvSource({
        "max_connections, 500, 500", "max_connections, 24, 100", "max_connections, many, 100", "MAX_CONNECTIONS, 30, 30",
        "max_wal_senders, 2, 10", "max_wal_senders, 3, 3", "max_replication_slots, 3, 10", "max_locks_per_transaction, 32, 32",
        "max_worker_processes, 1, 8", "max_prepared_transactions, 5, 5", "wal_level, LOGICAL, logical",
        "wal_level, hot_standby, replica", "wal_level, minimal, replica", "hot_standby, off, on", "wal_log_hints, off, off",
        "track_commit_timestamp, yes, on", "track_commit_timestamp, perhaps, off", "port, 1, 5433"})
    void controlled(String name, String given, String expected) {
        assertEquals(expected, with(Map.of(name, given)).parameters().controlled().get(name.toLowerCase(java.util.Locale.ROOT)));
    }

    @Test
    void aRefusedValueIsSaid() {
        assertEquals(List.of("value '2' of parameter max_wal_senders is not allowed; using 10"),
                with(Map.of("max_wal_senders", 2)).parameters().warnings());
    }

    @Test
    void localValuesOverruleDynamicOnesButNotControlledOnes() {
        Parameters p = settings("0.0.0.0", Map.of("work_mem", "1MB", "max_connections", "7"), Map.of("postgresql",
                Map.of("parameters", Map.of("work_mem", "2MB", "fsync", true, "random_page_cost", 1.5, "max_connections", 70)))).parameters();
        assertEquals("70", p.controlled().get("max_connections"));
        assertEquals(Map.of("work_mem", "1MB", "fsync", "on", "random_page_cost", "1.5", "wal_keep_size", "128MB"), p.file());
        assertEquals(1, p.warnings().size());
    }

    @ParameterizedTest(name = "{0} = {1} becomes {2}")
    @CsvSource({"wal_keep_size, 1GB, 1024MB", "wal_keep_size, 15MB, 128MB", "wal_keep_size, 16, 16MB",
        "wal_keep_segments, 8, 128MB", "wal_keep_segments, 100, 1600MB", "wal_keep_segments, none, 128MB"})
    void keptWal(String name, String given, String expected) {
        Parameters p = with(Map.of(name, given)).parameters();
        assertEquals(expected, p.file().get("wal_keep_size"));
        assertFalse(p.file().containsKey("wal_keep_segments"));
    }

    @Test
    void aReplicaNeverUndercutsThePrimary() {
        Parameters p = with(Map.of("max_connections", 50, "max_worker_processes", 20)).parameters();
        Map<String, String> started = p.controlledFor(Map.of("max_connections", 100, "max_worker_processes", 8));
        assertEquals("100", started.get("max_connections"));
        assertEquals("20", started.get("max_worker_processes"));
    }

    @Test
    void synchronousStandbyNamesBelongToTheAgentInASynchronousMode() {
        Map<String, Object> postgresql = Map.of("parameters", Map.of("synchronous_standby_names", "x"));
        assertTrue(settings("*", Map.of(), Map.of("postgresql", postgresql)).parameters().file().containsKey("synchronous_standby_names"));
        for (Object mode : List.of(true, "on", "quorum")) {
            assertFalse(settings("*", Map.of(), Map.of("postgresql", postgresql, "synchronous_mode", mode)).parameters().file()
                    .containsKey("synchronous_standby_names"), mode.toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, localhost", "*, localhost", "'10.0.0.1,127.0.0.1', localhost", "'10.0.0.1,10.0.0.2', 10.0.0.1", "::1, ::1"})
    void localHost(String listen, String expected) {
        assertEquals(expected, settings(listen, Map.of(), Map.of()).localHost());
    }

    @Test
    void parametersAreHeldAgainstTheServersOwnDescription() {
        Map<String, KnownParameters.Kind> kinds = KnownParameters.parse(
                "work_mem\tuser\tgroup\tINTEGER\t0\t64\t2147483647\ttext\tmore\nfsync\tsighup\tgroup\tBOOLEAN\tTRUE\t\t\ttext\t\n");
        assertEquals("64", KnownParameters.fit("work_mem", "1", kinds.get("work_mem")));
        assertEquals("2147483647", KnownParameters.fit("work_mem", "99999999999", kinds.get("work_mem")));
        assertEquals("1MB", KnownParameters.fit("work_mem", "1MB", kinds.get("work_mem")));
        assertEquals("off", KnownParameters.fit("fsync", "off", kinds.get("fsync")));
        assertEquals(null, KnownParameters.fit("fsync", "sometimes", kinds.get("fsync")));
    }
}
