package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.SyncSettings;
import io.matriarch.ha.SyncSettings.Mode;
import io.matriarch.loop.MemberCard;
import io.matriarch.loop.SettingsSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The settings of one agent: the seed's, under what the config key says. */
final class SimulatedSettings implements SettingsSource {

    private static final Duration START = Duration.ofSeconds(300);
    private static final Duration STOP = Duration.ofSeconds(60);

    private final MemberName me;
    private final Options.Settings options;
    private final Map<Map<String, Object>, HaSettings> known = new HashMap<>();

    SimulatedSettings(MemberName me, Options.Settings options) {
        this.me = me;
        this.options = options;
    }

    @Override
    public HaSettings settings(Map<String, Object> dynamicConfig) {
        return known.computeIfAbsent(dynamicConfig, this::make);
    }

    private HaSettings make(Map<String, Object> config) {
        return new HaSettings(me, seconds(config, "loop_wait", options.loopWait()),
                seconds(config, "ttl", options.ttl()), seconds(config, "retry_timeout", options.retryTimeout()),
                Duration.ofMillis((long) (options.leaderLease() * 1_000)),
                number(config, "maximum_lag_on_failover", options.maximumLag()), START, STOP, false, options.slots(),
                true, false, 1, false, Optional.empty(), initial(), sync(config));
    }

    private Map<String, Object> initial() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ttl", options.ttl());
        document.put("loop_wait", options.loopWait());
        document.put("retry_timeout", options.retryTimeout());
        document.put("maximum_lag_on_failover", options.maximumLag());
        if (options.sync().isOn()) {
            document.put("synchronous_mode", options.sync().mode() == Mode.QUORUM ? "quorum" : true);
            document.put("synchronous_mode_strict", options.sync().strict());
            document.put("synchronous_node_count", options.sync().nodeCount());
        }
        return document;
    }

    /** As the config key says: off before there is one. */
    private static SyncSettings sync(Map<String, Object> config) {
        Object mode = config.getOrDefault("synchronous_mode", false);
        return new SyncSettings("quorum".equals(mode) ? Mode.QUORUM : Boolean.TRUE.equals(mode) ? Mode.PRIORITY : Mode.OFF,
                Boolean.TRUE.equals(config.get("synchronous_mode_strict")),
                (int) number(config, "synchronous_node_count", 1), -1);
    }

    private static Duration seconds(Map<String, Object> config, String key, long otherwise) {
        return Duration.ofSeconds(number(config, key, otherwise));
    }

    private static long number(Map<String, Object> config, String key, long otherwise) {
        return config.get(key) instanceof Number n ? n.longValue() : otherwise;
    }

    @Override
    public MemberCard card() {
        return new MemberCard(Optional.of("postgres://" + me + ":" + ServerStatus.PORT + "/postgres"),
                Optional.of("http://" + me + ":8008/patroni"), Optional.empty(), "0.1.0", Map.of());
    }

    @Override
    public void reload() {
        // There is no file.
    }
}
