package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import io.matriarch.config.AgentConfig;
import io.matriarch.config.RaftConfig;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * The agent's own configuration under a value of the config key. What is wrong in the key counts as absent; timings
 * that do not fit together are shortened as Patroni does.
 */
public final class SettingsMerge {

    private static final int TTL = 30;
    private static final int LOOP_WAIT = 10;
    private static final int RETRY_TIMEOUT = 10;
    private static final int PRIMARY_START_TIMEOUT = 300;
    private static final long MAXIMUM_LAG = 1_048_576;
    private static final long MOST_SYNC_NODES = 100;

    private SettingsMerge() {
    }

    public static HaSettings of(AgentConfig config, Map<String, Object> dynamic) {
        Timings timings = Timings.of(dynamic);
        Duration ttl = Duration.ofSeconds(timings.ttl);
        Duration lease = config.raft().map(RaftConfig::leaderLease).orElse(ttl);
        boolean nofailover = config.tags().nofailover() || config.tags().failoverPriority() <= 0;
        return new HaSettings(new MemberName(config.name()), Duration.ofSeconds(timings.loopWait), ttl,
                Duration.ofSeconds(timings.retryTimeout), lease.compareTo(ttl) < 0 ? lease : ttl,
                whole(dynamic.get("maximum_lag_on_failover"), MAXIMUM_LAG, 0),
                Duration.ofSeconds(whole(either(dynamic, "primary_start_timeout", "master_start_timeout"),
                        PRIMARY_START_TIMEOUT, 0)),
                Duration.ofSeconds(config.postgresql().pgCtlTimeoutSeconds()),
                flag(dynamic.get("check_timeline"), false), flag(postgresql(dynamic).get("use_slots"), true),
                config.bootstrap().present() && !nofailover, nofailover,
                nofailover ? 0 : config.tags().failoverPriority(), config.tags().nostream(),
                config.tags().replicatefrom().map(MemberName::new), config.bootstrap().dcs(), sync(dynamic),
                config.raft().isEmpty() && flag(dynamic.get("failsafe_mode"), false));
    }

    /** How the config key wants replication to be synchronous. */
    static SyncSettings sync(Map<String, Object> dynamic) {
        Object value = dynamic.get("synchronous_mode");
        boolean quorum = String.valueOf(value).equalsIgnoreCase("quorum");
        SyncSettings.Mode mode = quorum ? SyncSettings.Mode.QUORUM
                : flag(value, false) ? SyncSettings.Mode.PRIORITY : SyncSettings.Mode.OFF;
        int nodes = (int) Math.min(MOST_SYNC_NODES, whole(dynamic.get("synchronous_node_count"), 1, 1));
        return new SyncSettings(mode, flag(dynamic.get("synchronous_mode_strict"), false), nodes,
                whole(dynamic.get("maximum_lag_on_syncnode"), -1, -1));
    }

    private static Object either(Map<String, Object> dynamic, String name, String oldName) {
        Object value = dynamic.get(name);
        return value == null ? dynamic.get(oldName) : value;
    }

    private static Map<?, ?> postgresql(Map<String, Object> dynamic) {
        return dynamic.get("postgresql") instanceof Map<?, ?> section ? section : Map.of();
    }

    private static long whole(Object value, long otherwise, long least) {
        if (value instanceof Number number) {
            return Math.max(least, Math.round(number.doubleValue()));
        }
        if (value instanceof String text && text.matches("-?\\d{1,18}")) {
            return Math.max(least, Long.parseLong(text));
        }
        return otherwise;
    }

    private static boolean flag(Object value, boolean otherwise) {
        return switch (String.valueOf(value).toLowerCase(Locale.ROOT)) {
            case "on", "true", "yes", "1" -> true;
            case "off", "false", "no", "0" -> false;
            default -> otherwise;
        };
    }

    /** Seconds that fit together: {@code loop_wait + 2 * retry_timeout <= ttl}. */
    private record Timings(long ttl, long loopWait, long retryTimeout) {

        static Timings of(Map<String, Object> dynamic) {
            long ttl = whole(dynamic.get("ttl"), TTL, 20);
            long loopWait = whole(dynamic.get("loop_wait"), LOOP_WAIT, 1);
            long retry = whole(dynamic.get("retry_timeout"), RETRY_TIMEOUT, 3);
            if (1 + 2 * retry > ttl) {
                return new Timings(ttl, 1, (ttl - 1) / 2);
            }
            return new Timings(ttl, Math.min(loopWait, ttl - 2 * retry), retry);
        }
    }
}
