package io.matriarch.config;

import java.util.List;

/** The configuration of a command-line tool; the parts are those of {@link LoadedConfig}. */
public record LoadedClient(ClientConfig config, List<String> warnings, List<EffectiveSetting> settings) {

    public LoadedClient {
        warnings = List.copyOf(warnings);
        settings = List.copyOf(settings);
    }
}
