package io.matriarch.agent;

import io.matriarch.config.ConfigException;
import io.matriarch.config.ConfigLoader;
import io.matriarch.config.ConfigReport;
import io.matriarch.config.LoadedConfig;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code matriarch agent CONFIG}: runs the agent of this node in the foreground. */
@Command(name = "agent", description = "Run the agent of this database node in the foreground.", sortOptions = false)
final class AgentCommand implements Callable<Integer> {

    @Parameters(arity = "0..1", paramLabel = "CONFIG",
            description = "YAML file, or a directory of them; without it PATRONI_* variables are the configuration.")
    private Path config;

    @Option(names = "--validate-config", description = "Check the configuration, say what is wrong, and exit.")
    private boolean validate;

    @Option(names = {"-p", "--print-config"},
            description = "Print every value with its origin, secrets left out, and exit.")
    private boolean print;

    @Option(names = "--version", description = "Print the version and exit.")
    private boolean version;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        if (version) {
            System.out.println("matriarch " + Version.PRODUCT);
            return 0;
        }
        LoadedConfig loaded;
        try {
            loaded = ConfigLoader.load(Optional.ofNullable(config), System.getenv());
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            return 1;
        }
        if (validate || print) {
            loaded.warnings().forEach(System.err::println);
            if (print) {
                System.out.print(ConfigReport.render(loaded));
            }
            return 0;
        }
        return run(loaded, Optional.ofNullable(config));
    }

    /** As the command with a configuration and no option. */
    static int run(Optional<Path> config) {
        try {
            return run(ConfigLoader.load(config, System.getenv()), config);
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static int run(LoadedConfig loaded, Optional<Path> config) {
        Logger log = LoggerFactory.getLogger(AgentCommand.class);
        loaded.warnings().forEach(log::warn);
        try {
            return Agent.run(loaded.config(), config, System.getenv());
        } catch (StartupException e) {
            log.error(e.getMessage());
            return 1;
        }
    }
}
