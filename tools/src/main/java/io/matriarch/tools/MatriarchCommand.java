package io.matriarch.tools;

import io.matriarch.config.ClientConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The root of the command line. {@link #commandLine} gives it its commands; who owns the process may add more.
 *
 * <p>Exit codes: 0 success, 1 failure or an unanswered question, 2 wrong usage.
 */
@Command(name = "matriarch", description = "High availability for PostgreSQL with embedded consensus.",
        synopsisSubcommandLabel = "COMMAND", sortOptions = false)
public final class MatriarchCommand implements Runnable {

    private static final Map<String, Function<MatriarchCommand, Object>> COMMANDS = commands();
    private static final List<String> TAKES_VALUE = List.of("-c", "--config-file", "-d", "--dcs", "--dcs-url");

    /** Added by who owns the process; they need none of the others. */
    private static final Set<String> OF_THE_PROCESS = Set.of("agent", "witness");

    private final CtlContext context;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-c", "--config-file"}, paramLabel = "FILE",
            description = {"Configuration file: that of an agent, or one with 'scope' and 'raft' alone.",
                "Default: $PATRONICTL_CONFIG_FILE, $MATRIARCH_CONFIG_FILE,",
                "~/.config/patroni/patronictl.yaml, /etc/matriarch/matriarch.yml"})
    private Optional<Path> configFile = Optional.empty();

    @Option(names = {"-d", "--dcs", "--dcs-url"}, paramLabel = "URL",
            description = "URL of an external store; not supported yet.")
    private Optional<String> dcsUrl = Optional.empty();

    @Option(names = {"-k", "--insecure"}, description = "Do not verify the certificates of REST APIs.")
    private boolean insecure;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
    private boolean version;

    MatriarchCommand(CtlContext context) {
        this.context = context;
    }

    /**
     * The command line of this process. Only the command that {@code arguments} name is made, when they name one: the
     * others would cost start-up time.
     */
    public static CommandLine commandLine(String... arguments) {
        return commandLine(SystemContext.create(), arguments);
    }

    static CommandLine commandLine(CtlContext context, String... arguments) {
        MatriarchCommand root = new MatriarchCommand(context);
        CommandLine line = new Flushing(root, context.terminal());
        Optional<String> verb = verb(arguments);
        if (verb.isPresent() && COMMANDS.containsKey(verb.get())) {
            line.addSubcommand(verb.get(), COMMANDS.get(verb.get()).apply(root));
        } else if (verb.filter(OF_THE_PROCESS::contains).isEmpty()) {
            COMMANDS.forEach((name, make) -> line.addSubcommand(name, make.apply(root)));
        }
        line.setOut(context.terminal().out());
        line.setErr(context.terminal().err());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, args) -> usageError(e));
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, context.terminal()));
        return line;
    }

    @Override
    public void run() {
        spec.commandLine().usage(context.terminal().out());
        context.terminal().out().flush();
    }

    CtlContext context() {
        return context;
    }

    boolean insecure() {
        return insecure;
    }

    /** The configuration of this call. */
    ClientConfig config() {
        if (dcsUrl.isPresent() || isSet("DCS_URL")) {
            throw new CtlError("-d/--dcs-url names an external store, which is not supported yet;"
                    + " give the configuration file of an agent with -c");
        }
        Optional<Path> named = configFile.or(() -> variable("PATRONICTL_CONFIG_FILE").map(Path::of))
                .or(() -> variable("MATRIARCH_CONFIG_FILE").map(Path::of));
        if (named.isPresent() && !Files.isReadable(named.get())) {
            throw new CtlError("Provided config file " + named.get()
                    + " not existing or no read rights. Check the -c/--config-file parameter");
        }
        return context.configs().read(named.or(this::usualFile), context.environment());
    }

    private Optional<Path> usualFile() {
        Path home = variable("XDG_CONFIG_HOME").map(Path::of)
                .orElseGet(() -> Path.of(context.environment().getOrDefault("HOME", "/"), ".config"));
        return List.of(home.resolve("patroni/patronictl.yaml"), Path.of("/etc/matriarch/matriarch.yml")).stream()
                .filter(Files::isReadable).findFirst();
    }

    private boolean isSet(String name) {
        return variable(name).isPresent();
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(context.environment().get(name)).filter(v -> !v.isEmpty());
    }

    private static Optional<String> verb(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (TAKES_VALUE.contains(arguments[i])) {
                i++;
            } else if (!arguments[i].startsWith("-")) {
                return Optional.of(arguments[i]);
            }
        }
        return Optional.empty();
    }

    private static int usageError(ParameterException e) {
        CommandLine line = e.getCommandLine();
        line.getErr().print("Error: " + e.getMessage() + "\n");
        CommandLine.UnmatchedArgumentException.printSuggestions(e, line.getErr());
        line.getErr().print("Try '" + line.getCommandSpec().qualifiedName() + " --help' for help.\n");
        line.getErr().flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, Terminal terminal) throws Exception {
        if (e instanceof CtlError) {
            terminal.warning("Error: " + e.getMessage());
        } else if (e instanceof UsageError) {
            terminal.warning("Error: " + e.getMessage());
            return CommandLine.ExitCode.USAGE;
        } else if (e instanceof AbortedError) {
            terminal.warning(e.getMessage());
        } else {
            throw e;
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Leaves nothing in a buffer when a command has ended. */
    private static final class Flushing extends CommandLine {

        private final Terminal terminal;

        Flushing(MatriarchCommand root, Terminal terminal) {
            super(root);
            this.terminal = terminal;
        }

        @Override
        public int execute(String... arguments) {
            int code = super.execute(arguments);
            terminal.out().flush();
            terminal.err().flush();
            return code;
        }
    }

    private static Map<String, Function<MatriarchCommand, Object>> commands() {
        Map<String, Function<MatriarchCommand, Object>> all = new LinkedHashMap<>();
        all.put("list", ListCommand::new);
        all.put("topology", TopologyCommand::new);
        all.put("switchover", SwitchoverCommand::new);
        all.put("failover", FailoverCommand::new);
        all.put("pause", PauseCommand::new);
        all.put("resume", ResumeCommand::new);
        all.put("history", HistoryCommand::new);
        all.put("show-config", ShowConfigCommand::new);
        all.put("edit-config", EditConfigCommand::new);
        all.put("raft", RaftCommand::new);
        all.put("tls", TlsCommand::new);
        all.put("demo", DemoCommand::new);
        all.put("gameday", GamedayCommand::new);
        all.put("bench", BenchCommand::new);
        return all;
    }
}
