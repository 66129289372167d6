package io.matriarch.agent;

import io.matriarch.tools.MatriarchCommand;
import picocli.CommandLine;

/** Where the process begins: {@code agent}, {@code witness} and the commands of the tools. */
public final class Main {

    private Main() {
    }

    public static void main(String[] arguments) {
        CommandLine line = MatriarchCommand.commandLine(arguments);
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
