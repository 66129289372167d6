package io.matriarch.config;

import java.util.List;

/** The configuration of a witness that was read and found usable; the parts are those of {@link LoadedConfig}. */
public record LoadedWitness(WitnessConfig config, List<String> warnings, List<EffectiveSetting> settings) {

    public LoadedWitness {
        warnings = List.copyOf(warnings);
        settings = List.copyOf(settings);
    }
}
