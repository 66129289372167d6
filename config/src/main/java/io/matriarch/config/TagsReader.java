package io.matriarch.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the section {@code tags}. */
final class TagsReader {

    private static final List<String> FLAGS = List.of("nofailover", "noloadbalance", "clonefrom", "nosync", "nostream");
    private static final int MOST = Integer.MAX_VALUE;

    private TagsReader() {
    }

    /** @param outer the section that {@code tags} is in */
    static TagsConfig read(Section outer) {
        Section tags = outer.child("tags");
        Map<String, Boolean> flags = new LinkedHashMap<>();
        FLAGS.forEach(key -> tags.flag(key).ifPresent(value -> flags.put(key, value)));
        Optional<Integer> failoverPriority = priority(tags, "failover_priority");
        Optional<Integer> syncPriority = priority(tags, "sync_priority");
        contradiction(tags, flags, "nofailover", "failover_priority", failoverPriority);
        contradiction(tags, flags, "nosync", "sync_priority", syncPriority);
        Optional<String> source = tags.text("replicatefrom");

        boolean nofailover = flags.getOrDefault("nofailover", failoverPriority.filter(p -> p <= 0).isPresent());
        boolean nosync = flags.getOrDefault("nosync", syncPriority.filter(p -> p <= 0).isPresent());
        Map<String, Object> all = all(tags, flags);
        return new TagsConfig(all, nofailover, nofailover ? 0 : failoverPriority.filter(p -> p > 0).orElse(1),
            flags.getOrDefault("noloadbalance", false), flags.getOrDefault("clonefrom", false), nosync,
            flags.getOrDefault("nostream", false), source);
    }

    private static Optional<Integer> priority(Section tags, String key) {
        return tags.has(key) ? Optional.of((int) tags.number(key, 1, 0, MOST)) : Optional.empty();
    }

    private static void contradiction(Section tags, Map<String, Boolean> flags, String flag, String key, Optional<Integer> priority) {
        if (flags.containsKey(flag) && priority.isPresent() && flags.get(flag) != (priority.get() <= 0)) {
            tags.findings().warn(tags.origin(flag), "tags." + flag + ": " + flags.get(flag) + " and tags." + key + ": " + priority.get()
                + " contradict each other; " + flag + " counts");
        }
    }

    /** Every tag, also those that only the operator's own tools know. */
    private static Map<String, Object> all(Section tags, Map<String, Boolean> flags) {
        Map<String, Object> all = new LinkedHashMap<>();
        tags.block().ifPresent(block -> block.entries().forEach((key, value) -> {
            if (!(value instanceof Setting.Scalar scalar)) {
                tags.bad(key, "a single value");
            } else if (scalar.value() != null) {
                boolean custom = !tags.isKnown(key);
                tags.find(key);
                all.put(key, flags.containsKey(key) ? flags.get(key) : scalar.value());
                if (custom) {
                    tags.show(key, scalar.value(), scalar.origin());
                }
            }
        }));
        return all;
    }
}
