package io.matriarch.config;

import java.util.List;

/**
 * A configuration that was read and found usable.
 *
 * @param warnings what an operator should know, one sentence each; never holds a secret
 * @param settings every value in force with its origin, secrets redacted, in the order of the sections
 */
public record LoadedConfig(AgentConfig config, List<String> warnings, List<EffectiveSetting> settings) {

    public LoadedConfig {
        warnings = List.copyOf(warnings);
        settings = List.copyOf(settings);
    }
}
