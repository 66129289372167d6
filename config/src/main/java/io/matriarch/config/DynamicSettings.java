package io.matriarch.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Reads {@code bootstrap.dcs}, the first dynamic configuration. Timings outside their range are only warned of, because
 * the agent adjusts them, and because this section is used once and may be stale.
 */
final class DynamicSettings {

    static final long TTL = 30;
    static final long LOOP_WAIT = 10;
    static final long RETRY_TIMEOUT = 10;
    private static final long SHORTEST_TTL = 20;
    private static final long SHORTEST_LOOP_WAIT = 1;
    private static final long SHORTEST_RETRY_TIMEOUT = 3;
    private static final long MOST = Integer.MAX_VALUE;
    private static final List<String> FLAGS = List.of("use_pg_rewind", "use_slots", "use_unix_socket", "use_unix_socket_repl",
        "remove_data_directory_on_rewind_failure", "remove_data_directory_on_diverged_timelines");
    private static final List<String> OTHER_POSTGRESQL = List.of("bin_dir", "bin_name", "database", "pg_hba", "pg_ident", "pg_hba_primary",
        "pg_hba_replica", "pg_hba_standby_leader", "pg_ident_primary", "pg_ident_replica", "pg_ident_standby_leader",
        "parameters_primary", "parameters_replica", "parameters_standby_leader", "callbacks", "create_replica_methods",
        "basebackup", "rewind", "custom_conf", "config_base_name", "pg_ctl_timeout", "pre_promote", "before_stop", "krbsrvname",
        "recovery_conf");
    private static final Map<String, long[]> PARAMETERS = Map.of(
        "max_connections", new long[] {1, 262_143}, "max_locks_per_transaction", new long[] {10, MOST},
        "max_prepared_transactions", new long[] {0, 262_143}, "max_replication_slots", new long[] {0, 262_143},
        "max_wal_senders", new long[] {0, 262_143}, "max_worker_processes", new long[] {0, 262_143});

    private final Section section;

    private DynamicSettings(Section section) {
        this.section = section;
    }

    /** Checks the section below {@code bootstrap}; returns the {@code ttl} that results from it. */
    static Duration check(Section bootstrap) {
        return new DynamicSettings(bootstrap.child("dcs").quietly()).check();
    }

    private Duration check() {
        long ttl = timing("ttl", TTL, SHORTEST_TTL);
        long loopWait = timing("loop_wait", LOOP_WAIT, SHORTEST_LOOP_WAIT);
        long retryTimeout = timing("retry_timeout", RETRY_TIMEOUT, SHORTEST_RETRY_TIMEOUT);
        if (loopWait + 2 * retryTimeout > ttl) {
            section.findings().warn(section.origin("ttl"), "bootstrap.dcs: loop_wait + 2 * retry_timeout is above ttl ("
                + loopWait + " + 2 * " + retryTimeout + " > " + ttl + "); the agent will shorten them");
        }
        section.number("maximum_lag_on_failover", 1_048_576, 0, Long.MAX_VALUE);
        section.number("maximum_lag_on_syncnode", -1, -1, Long.MAX_VALUE);
        section.number("max_timelines_history", 0, 0, MOST);
        section.number("primary_start_timeout", 300, 0, MOST);
        section.number("primary_stop_timeout", 0, 0, MOST);
        section.number("primary_race_backoff", 0, 0, MOST);
        section.known(List.of("master_start_timeout", "master_stop_timeout", "ignore_slots"));
        section.number("synchronous_node_count", 1, 1, MOST);
        for (String key : List.of("synchronous_mode_strict", "failsafe_mode", "check_timeline", "pause")) {
            section.flag(key, false);
        }
        synchronousMode();
        memberSlotsTtl();
        for (String key : List.of("slots", "permanent_slots", "permanent_replication_slots")) {
            section.free(key);
        }
        section.free("standby_cluster");
        postgresql(section.child("postgresql"));
        return Duration.ofSeconds(ttl);
    }

    private long timing(String key, long otherwise, long least) {
        long value = section.number(key, otherwise, 0, MOST);
        if (value < least) {
            section.findings().warn(section.origin(key), "bootstrap.dcs." + key + ": " + value + " is below " + least + "; "
                + least + " will be used");
        }
        return Math.max(value, least);
    }

    private void synchronousMode() {
        boolean good = section.find("synchronous_mode").filter(s -> !(s instanceof Setting.Scalar scalar
            && (PlainValue.flag(scalar).isPresent() || scalar.text().equalsIgnoreCase("quorum")))).isEmpty();
        if (!good) {
            section.bad("synchronous_mode", "true, false or quorum");
        }
    }

    private void memberSlotsTtl() {
        boolean good = section.find("member_slots_ttl").filter(s -> !(s instanceof Setting.Scalar scalar
            && UnitText.parse(scalar.text(), "s").orElse(-1) >= 0)).isEmpty();
        if (!good) {
            section.bad("member_slots_ttl", "a number of seconds from 0 up, or a time such as 30min");
        }
    }

    private void postgresql(Section postgresql) {
        FLAGS.forEach(postgresql::flag);
        postgresql.known(OTHER_POSTGRESQL);
        postgresql.free("parameters").forEach((name, value) -> {
            long[] range = PARAMETERS.get(name);
            OptionalLong number = PlainValue.whole(new Setting.Scalar(value, String.valueOf(value), Origin.DEFAULT));
            boolean bad = range != null && (number.isEmpty() || number.getAsLong() < range[0] || number.getAsLong() > range[1]);
            if (bad) {
                postgresql.findings().bad(postgresql.origin("parameters"), postgresql.full("parameters") + "." + name,
                    String.valueOf(Redaction.value(name, value)), "a whole number from " + range[0] + " to " + range[1]);
            }
        });
    }
}
