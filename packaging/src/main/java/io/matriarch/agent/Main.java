package io.matriarch.agent;

import io.matriarch.tools.MatriarchCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/** Where the process begins: {@code agent}, {@code witness} and the commands of the tools. */
public final class Main {

    private Main() {
    }

    /** gRPC inside Ratis writes to the logger of the JDK; kept here, since the JDK forgets levels of loggers nobody holds. */
    private static final java.util.logging.Logger GRPC =
            java.util.logging.Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");

    public static void main(String[] arguments) {
        GRPC.setLevel(java.util.logging.Level.WARNING);
        if (arguments.length > 0 && arguments[0].equals(EtcdCommand.VERB)) {
            System.exit(EtcdCommand.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length == 2 && arguments[0].equals("agent") && !arguments[1].startsWith("-")) {
            // without the parser of the command line: a lock may have to be renewed before it would have looked at this
            System.exit(AgentCommand.run(Optional.of(Path.of(arguments[1]))));
        }
        CommandLine line = MatriarchCommand.commandLine(arguments);
        line.getCommandSpec().version("matriarch " + Version.PRODUCT);
        String verb = arguments.length == 0 ? "" : arguments[0];
        boolean named = line.getSubcommands().containsKey(verb);
        if (verb.equals("agent") || !named) {
            line.addSubcommand("agent", new AgentCommand());
        }
        if (verb.equals("witness") || !named) {
            line.addSubcommand("witness", new WitnessCommand());
        }
        int code = line.execute(arguments);
        System.out.flush();
        System.exit(code);
    }
}
