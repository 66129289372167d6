package io.matriarch.rest;

import io.matriarch.config.UnitText;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.loop.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * When a restart is wanted.
 *
 * @param scheduled   at a later time
 * @param role        only in this role
 * @param belowVersion only when the running version is lower, as {@code server_version_num}
 * @param onlyPending only when a parameter waits for it
 * @param timeout     how long the start may take
 */
record RestartFilter(boolean scheduled, Optional<String> role, Optional<Integer> belowVersion, boolean onlyPending,
                     Optional<Duration> timeout) {

    private static final Set<String> ROLES = Set.of(PostgresRole.PRIMARY.wire(), PostgresRole.STANDBY_LEADER.wire(),
            PostgresRole.REPLICA.wire());

    /** Checks the keys in the order they came in. */
    static RestartFilter parse(Map<String, Object> body, boolean paused, Instant now) throws Refusal {
        if (paused && body.containsKey("schedule")) {
            throw Refusal.text(500, "Can't schedule restart in the paused state");
        }
        Optional<String> role = Optional.empty();
        Optional<Integer> version = Optional.empty();
        Optional<Duration> timeout = Optional.empty();
        for (Map.Entry<String, Object> e : body.entrySet()) {
            switch (e.getKey()) {
                case "schedule" -> ScheduleText.parse(e.getValue(), "restart", now);
                case "role" -> role = Optional.of(role(e.getValue()));
                case "postgres_version" -> version = Optional.of(version(String.valueOf(e.getValue())));
                case "timeout" -> timeout = Optional.of(timeout(e.getValue()));
                case "restart_pending" -> { } // its presence is its meaning
                default -> throw Refusal.text(400, "Unknown filter for the scheduled restart: " + e.getKey());
            }
        }
        return new RestartFilter(body.containsKey("schedule"), role, version, body.containsKey("restart_pending"),
                timeout);
    }

    boolean matches(NodeStatus status) {
        return role.map(r -> r.equals(status.postgres().role().wire())).orElse(true)
                && belowVersion.map(v -> status.postgres().serverVersion() < v).orElse(true)
                && (!onlyPending || !status.postgres().pendingRestart().isEmpty());
    }

    private static String role(Object value) throws Refusal {
        if (!(value instanceof String s) || !ROLES.contains(s)) {
            throw Refusal.text(400, "PostgreSQL role should be either primary, standby_leader, or replica");
        }
        return s;
    }

    private static int version(String text) throws Refusal {
        if (!text.matches("\\d{1,4}(\\.\\d{1,4})*")) {
            throw Refusal.text(400, "Invalid PostgreSQL version: " + text);
        }
        String[] parts = text.split("\\.");
        int major = Integer.parseInt(parts[0]);
        if (parts.length < 2 || parts.length > 3 || parts.length == 2 && major < 10) {
            throw Refusal.text(400, "Invalid PostgreSQL version format: X.Y or X.Y.Z is accepted: " + text);
        }
        int middle = parts.length == 3 ? Integer.parseInt(parts[1]) : 0;
        return major * 10_000 + middle * 100 + Integer.parseInt(parts[parts.length - 1]);
    }

    private static Duration timeout(Object value) throws Refusal {
        Optional<Long> seconds = UnitText.parse(String.valueOf(value), "s").stream().boxed().findFirst()
                .filter(s -> s > 0 && s <= Integer.MAX_VALUE);
        if (seconds.isEmpty()) {
            throw Refusal.text(400, "Timeout should be a positive number of seconds");
        }
        return Duration.ofSeconds(seconds.get());
    }
}
