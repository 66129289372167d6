package io.matriarch.agent;

import io.matriarch.config.AgentConfig;
import io.matriarch.config.ConfigException;
import io.matriarch.config.ConfigLoader;
import io.matriarch.config.HostPort;
import io.matriarch.config.PostgresqlConfig;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.SettingsMerge;
import io.matriarch.loop.MemberCard;
import io.matriarch.loop.SettingsSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of this agent: its file and environment, read again on request, under the config key. */
final class AgentSettings implements SettingsSource {

    private static final Logger LOG = LoggerFactory.getLogger(AgentSettings.class);

    private final Optional<Path> file;
    private final Map<String, String> environment;
    private final Consumer<AgentConfig> onReload;
    private AgentConfig config;
    private Map<String, Object> mergedWith = Map.of();
    private HaSettings merged;

    /** @param onReload called on the loop's thread with a configuration that differs from the one before */
    AgentSettings(AgentConfig config, Optional<Path> file, Map<String, String> environment,
                  Consumer<AgentConfig> onReload) {
        this.config = config;
        this.file = file;
        this.environment = environment;
        this.onReload = onReload;
    }

    @Override
    public HaSettings settings(Map<String, Object> dynamicConfig) {
        if (merged == null || !dynamicConfig.equals(mergedWith)) {
            mergedWith = dynamicConfig;
            NotYet.inDynamic(dynamicConfig, config.raft().isPresent()).forEach(LOG::warn);
            merged = SettingsMerge.of(config, dynamicConfig);
        }
        return merged;
    }

    @Override
    public MemberCard card() {
        PostgresqlConfig postgresql = config.postgresql();
        return new MemberCard(Optional.of(url(postgresql.connectAddress(), postgresql.database())),
                Optional.of((config.restapi().tls().isPresent() ? "https://" : "http://") + config.restapi().connectAddress() + "/patroni"),
                postgresql.proxyAddress().map(a -> url(a, postgresql.database())), Version.SURFACE,
                config.tags().all());
    }

    private static String url(HostPort address, String database) {
        return "postgres://" + address + "/" + database;
    }

    @Override
    public void reload() {
        try {
            AgentConfig read = ConfigLoader.load(file, environment).config();
            if (read.equals(config)) {
                LOG.info("No local configuration items changed.");
                return;
            }
            config = read;
            merged = null;
            onReload.accept(read);
            LOG.info("Reloaded the configuration.");
        } catch (ConfigException e) {
            LOG.error("The configuration was not reloaded, the former one stays in force: {}", e.getMessage());
        }
    }
}
