package io.matriarch.postgres;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server parameters. Those that must agree between the members are <em>controlled</em>: they come from the dynamic
 * configuration alone and are given on the command line, where ALTER SYSTEM cannot overrule them.
 *
 * @param controlled in the order of the command line
 * @param file       all others, sorted
 * @param warnings   what was left out or corrected, for the log
 */
record Parameters(Map<String, String> controlled, SortedMap<String, String> file, List<String> warnings) {

    static final String STANDBY_NAMES = "synchronous_standby_names";
    private static final Set<String> NEVER_CONFIGURABLE = Set.of("listen_addresses", "port", "cluster_name");
    private static final Set<String> NOT_FOR_USERS = Set.of("primary_conninfo", "primary_slot_name", "data_directory",
            "config_file", "hot_standby");
    private static final Set<String> SHARED_MEMORY = Set.of("max_connections", "max_prepared_transactions",
            "max_locks_per_transaction", "max_worker_processes", "max_wal_senders");
    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,15})\\s*(B|kB|MB|GB|TB)?\\s*");
    private static final long MIB = 1024L * 1024;

    /** One controlled parameter: its default and what it accepts. */
    private record Rule(String name, String fallback, Predicate<String> accepts) {
    }

    private static final List<Rule> RULES = List.of(
            new Rule("wal_level", "replica", v -> Set.of("hot_standby", "replica", "logical").contains(v)),
            new Rule("hot_standby", "on", ServerSettings::isTrue),
            new Rule("max_connections", "100", atLeast(25)),
            new Rule("max_wal_senders", "10", atLeast(3)),
            new Rule("max_prepared_transactions", "0", atLeast(0)),
            new Rule("max_locks_per_transaction", "64", atLeast(32)),
            new Rule("max_replication_slots", "10", atLeast(4)),
            new Rule("max_worker_processes", "8", atLeast(2)),
            new Rule("track_commit_timestamp", "off", Parameters::isBoolean),
            new Rule("wal_log_hints", "on", Parameters::isBoolean));

    static Parameters of(ServerSettings settings) {
        List<String> warnings = new ArrayList<>();
        Map<String, String> dynamic = lowerCase(settings.dynamicParameters());
        Map<String, String> local = lowerCase(settings.local().parameters());
        Map<String, String> controlled = new LinkedHashMap<>();
        controlled.put("listen_addresses", settings.local().listenAddresses());
        controlled.put("port", Integer.toString(settings.local().listenPort()));
        controlled.put("cluster_name", settings.scope());
        for (Rule rule : RULES) {
            controlled.put(rule.name, choose(rule, dynamic.get(rule.name), warnings));
        }
        SortedMap<String, String> file = new TreeMap<>(dynamic);
        local.forEach((name, value) -> {
            if (controlled.containsKey(name) || isWalKeep(name)) {
                warnings.add("parameter " + name + " is set for the whole cluster (edit-config); the local value is ignored");
            } else {
                file.put(name, value);
            }
        });
        file.keySet().removeIf(n -> controlled.containsKey(n) || isWalKeep(n) || NOT_FOR_USERS.contains(n)
                || NEVER_CONFIGURABLE.contains(n));
        if (settings.isSynchronous()) {
            file.remove(STANDBY_NAMES);
        }
        // also when empty: the included configuration of the user may name some
        settings.standbyNames().ifPresent(names -> file.put(STANDBY_NAMES, names));
        file.put("wal_keep_size", walKeepSize(dynamic, warnings));
        return new Parameters(controlled, file, List.copyOf(warnings));
    }

    /**
     * The controlled parameters of a server in recovery: it does not start when these are smaller than the primary had
     * them, so the recorded values win where they are larger.
     *
     * @param recorded from the control file
     */
    Map<String, String> controlledFor(Map<String, Integer> recorded) {
        Map<String, String> result = new LinkedHashMap<>(controlled);
        recorded.forEach((name, value) -> {
            if (SHARED_MEMORY.contains(name) && Long.parseLong(result.get(name)) < value) {
                result.put(name, Integer.toString(value));
            }
        });
        return result;
    }

    /** The text form of a value of the dynamic configuration. */
    static String text(Object value) {
        if (value instanceof Boolean b) {
            return b ? "on" : "off";
        }
        if (value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e15) {
            return Long.toString(d.longValue());
        }
        return String.valueOf(value);
    }

    private static String choose(Rule rule, String given, List<String> warnings) {
        if (given == null) {
            return rule.fallback;
        }
        String value = given.strip().toLowerCase(Locale.ROOT);
        if (!rule.accepts.test(value)) {
            warnings.add("value '" + given + "' of parameter " + rule.name + " is not allowed; using " + rule.fallback);
            return rule.fallback;
        }
        return value.equals("hot_standby") ? "replica" : isBoolean(value) && isBoolean(rule.fallback)
                ? (ServerSettings.isTrue(value) ? "on" : "off") : value;
    }

    private static String walKeepSize(Map<String, String> dynamic, List<String> warnings) {
        String size = dynamic.get("wal_keep_size");
        if (size != null) {
            Matcher m = SIZE.matcher(size);
            if (m.matches() && bytes(m) >= 16 * MIB) {
                return bytes(m) / MIB + "MB";
            }
            warnings.add("value '" + size + "' of parameter wal_keep_size is not allowed; using 128MB");
            return "128MB";
        }
        String segments = dynamic.get("wal_keep_segments");
        if (segments != null && segments.strip().matches("[1-9]\\d{0,8}")) {
            return Long.parseLong(segments.strip()) * 16 + "MB";
        }
        return "128MB";
    }

    private static long bytes(Matcher size) {
        String unit = size.group(2) == null ? "MB" : size.group(2);
        return Long.parseLong(size.group(1)) * switch (unit) {
            case "B" -> 1L;
            case "kB" -> 1024L;
            case "GB" -> 1024L * MIB;
            case "TB" -> 1024L * 1024 * MIB;
            default -> MIB;
        };
    }

    private static boolean isWalKeep(String name) {
        return name.equals("wal_keep_size") || name.equals("wal_keep_segments");
    }

    private static boolean isBoolean(String value) {
        return Set.of("on", "off", "true", "false", "yes", "no", "1", "0").contains(value);
    }

    private static Predicate<String> atLeast(long least) {
        return v -> v.matches("\\d{1,9}") && Long.parseLong(v) >= least;
    }

    private static Map<String, String> lowerCase(Map<String, String> parameters) {
        Map<String, String> result = new TreeMap<>();
        parameters.forEach((k, v) -> result.put(k.toLowerCase(Locale.ROOT), v));
        return result;
    }
}
