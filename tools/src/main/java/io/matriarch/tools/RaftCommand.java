package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code raft}: the consensus group itself. */
@Command(name = "raft", description = "Look at the consensus group, and found it.", synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class RaftCommand implements Runnable {

    private final MatriarchCommand root;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HelpOption help;

    RaftCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command.");
    }

    @Command(name = "members", description = "List the peers of the group.", sortOptions = false)
    void members(@Mixin HelpOption memberHelp) {
        GroupStatus status = root.context().group().ask(root.config());
        root.context().terminal().print(new PeerTable(status).render());
    }

    @Command(name = "form", description = "Let a new group form although a listed address does not answer.",
            sortOptions = false)
    void form(@Mixin HelpOption formHelp,
              @Option(names = "--without", required = true, paramLabel = "ADDRESS", split = ",",
                      description = "Address of raft.partner_addrs that is left out; may be repeated.")
              List<String> without) {
        CtlContext context = root.context();
        Terminal terminal = context.terminal();
        List<HostPort> out = without.stream().map(RaftCommand::address).distinct().toList();
        List<HostPort> listed = context.group().listed(root.config());
        List<HostPort> rest = listed.stream().filter(a -> !out.contains(a)).toList();
        if (!listed.containsAll(out)) {
            throw new CtlError("only addresses of the configuration can be left out: " + names(listed));
        }
        terminal.line("A new, empty group is founded by " + names(rest) + " as soon as all of them answer.");
        terminal.line("If " + names(out) + " has been in a group before, its state (not that of PostgreSQL) is lost,"
                + " and two groups exist if it runs where these cannot reach it.");
        terminal.line("When it comes back with an empty raft.data_dir it is taken in.");
        String typed = names(out);
        if (!terminal.ask("Type " + typed + " to go on", "no").equals(typed)) {
            throw new AbortedError();
        }
        SortedMap<String, String> answers = context.group().formWithout(root.config(), out);
        answers.forEach((address, text) -> terminal.line(address + ": " + (text.isEmpty() ? "will do" : text)));
        if (answers.values().stream().anyMatch(text -> !text.isEmpty())) {
            throw new CtlError("not every peer agreed; the group does not form until all of them have heard this command");
        }
    }

    private static HostPort address(String text) {
        try {
            return HostPort.parse(text, 0);
        } catch (IllegalArgumentException e) {
            throw new CtlError(e.getMessage());
        }
    }

    private static String names(List<HostPort> addresses) {
        return addresses.stream().map(HostPort::toString).sorted().collect(Collectors.joining(","));
    }
}
