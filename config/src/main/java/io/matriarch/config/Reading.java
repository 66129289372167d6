package io.matriarch.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One pass over a configuration: the tree, the environment, what was found wrong, and which keys the program knows.
 * Reading a key is what makes it known, so the list of known keys cannot go stale.
 */
final class Reading {

    /** Every key can be given with the first prefix too; it wins over the second. */
    private static final List<String> PREFIXES = List.of("MATRIARCH_", "PATRONI_");

    private final String source;
    private final Map<String, String> environment;
    private final Findings findings;
    private final YamlTree yaml;
    private final List<EffectiveSetting> settings = new ArrayList<>();
    private final Set<String> knownKeys = new LinkedHashSet<>();
    private final Set<String> freeKeys = new LinkedHashSet<>();
    private final Set<String> knownVariables = new LinkedHashSet<>();

    /** @param source what a missing key is missing from, for messages */
    Reading(String source, Map<String, String> environment, Findings findings) {
        this.source = source;
        this.environment = environment;
        this.findings = findings;
        this.yaml = new YamlTree(findings);
    }

    String source() {
        return source;
    }

    Findings findings() {
        return findings;
    }

    YamlTree yaml() {
        return yaml;
    }

    List<EffectiveSetting> settings() {
        return List.copyOf(settings);
    }

    void show(List<String> path, Object value, Origin origin) {
        settings.add(new EffectiveSetting(path, Redaction.value(path.get(path.size() - 1), value), origin));
    }

    boolean knows(String path) {
        return knownKeys.contains(path);
    }

    void know(String path) {
        knownKeys.add(path);
    }

    /** Marks a key below which any key is fine. */
    void knowFree(String path) {
        knownKeys.add(path);
        freeKeys.add(path);
    }

    /** The value of a variable, by its name without prefix. An empty one counts as unset. */
    Optional<Setting.Scalar> variable(String name) {
        knownVariables.add(name);
        for (String prefix : PREFIXES) {
            String value = environment.get(prefix + name);
            if (value != null && !value.isEmpty()) {
                return Optional.of(new Setting.Scalar(value, value, Origin.environment(prefix + name)));
            }
        }
        return Optional.empty();
    }

    /** True when any non-empty variable begins with this name. */
    boolean hasVariables(String start) {
        return environment.entrySet().stream().anyMatch(e -> !e.getValue().isEmpty()
            && PREFIXES.stream().anyMatch(prefix -> e.getKey().startsWith(prefix + start)));
    }

    /** Warns of keys and variables that mean nothing. */
    void warnOfUnknown(Setting.Block root) {
        warnOfUnknown(root, "");
        for (String variable : environment.keySet().stream().sorted().toList()) {
            PREFIXES.stream().filter(variable::startsWith).findFirst().ifPresent(prefix -> {
                String name = variable.substring(prefix.length());
                // Orchestrators export many variables of their own, so only a near miss is worth a word.
                if (!knownVariables.contains(name)) {
                    knownVariables.stream().filter(k -> k.length() > 4 && NearestKey.distance(k, name) == 1).findFirst()
                        .ifPresent(k -> findings.warn("unknown environment variable " + variable + ", did you mean "
                            + prefix + k + "?"));
                }
            });
        }
    }

    private void warnOfUnknown(Setting.Block block, String parent) {
        block.entries().forEach((key, value) -> {
            String path = parent.isEmpty() ? key : parent + "." + key;
            if (!knownKeys.contains(path)) {
                findings.warn(value.origin(), "unknown key " + path
                    + NearestKey.of(path, knownKeys).map(k -> ", did you mean " + k + "?").orElse(""));
            } else if (value instanceof Setting.Block inner && !freeKeys.contains(path)) {
                warnOfUnknown(inner, path);
            }
        });
    }
}
