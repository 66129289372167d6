package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.GroupChange;
import io.matriarch.raft.GroupStatus;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code raft}: the consensus group itself. */
@Command(name = "raft", description = "Look at the consensus group, found it, and change it while it runs.", synopsisSubcommandLabel = "COMMAND",
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

    @Command(name = "status", description = "Say what the group stands on and what it survives.", sortOptions = false)
    void status(@Mixin HelpOption statusHelp) {
        GroupStatus status = root.context().group().ask(root.config());
        root.context().terminal().print(new PeerTable(status).summary());
    }

    @Command(name = "add", description = "Take in the peer of an agent that was started at ADDRESS.", sortOptions = false)
    void add(@Mixin HelpOption addHelp, @Mixin PlanOption plan,
             @Option(names = "--listener", description = "It gets the log but has no vote.") boolean listener,
             @Parameters(paramLabel = "ADDRESS", description = "Its raft.self_addr.") String address) {
        change(new GroupChange.Add(address(address), listener), plan, "");
    }

    @Command(name = "remove", description = "Go on without a peer. Its storage never takes part again.", sortOptions = false)
    void remove(@Mixin HelpOption removeHelp, @Mixin PlanOption plan, @Mixin ForceOption force,
                @Parameters(paramLabel = "ADDRESS", description = "Its raft.self_addr.") String address) {
        change(new GroupChange.Remove(address(address)), plan, force.given ? "" : "The peer at " + address
                + " never takes part again with the storage it has. Go on?");
    }

    @Command(name = "replace", description = "Take the peer at NEW in and go on without the one at OLD.", sortOptions = false)
    void replace(@Mixin HelpOption replaceHelp, @Mixin PlanOption plan, @Mixin ForceOption force,
                 @Parameters(index = "0", paramLabel = "OLD", description = "Address of the peer that goes.") String former,
                 @Parameters(index = "1", paramLabel = "NEW", description = "Address of the peer that comes; its agent runs.")
                 String by) {
        change(new GroupChange.Replace(address(former), address(by)), plan, force.given ? "" : "The peer at " + former
                + " never takes part again with the storage it has. Go on?");
    }

    @Command(name = "promote", description = "Give a listener a vote.", sortOptions = false)
    void promote(@Mixin HelpOption promoteHelp, @Mixin PlanOption plan,
                 @Parameters(paramLabel = "ADDRESS", description = "Its raft.self_addr.") String address) {
        change(new GroupChange.Promote(address(address)), plan, "");
    }

    @Command(name = "transfer-leader", description = "Hand the Raft leadership (not that of PostgreSQL) to another peer.",
            sortOptions = false)
    void transfer(@Mixin HelpOption transferHelp, @Mixin PlanOption plan,
                  @Parameters(paramLabel = "ADDRESS", arity = "0..1", description = "Where to; by default whoever is most up to"
                          + " date.") Optional<String> address) {
        change(new GroupChange.Transfer(address.map(RaftCommand::address)), plan, "");
    }

    @Command(name = "snapshot", description = "Let peers write a snapshot of the store and drop the log before it.",
            sortOptions = false)
    void snapshot(@Mixin HelpOption snapshotHelp,
                  @Parameters(paramLabel = "ADDRESS", arity = "0..*", description = "Which; by default all.")
                  List<String> addresses) {
        CtlContext context = root.context();
        List<HostPort> of = addresses == null || addresses.isEmpty() ? context.group().ask(root.config()).peers().stream()
                .map(GroupStatus.PeerStatus::address).toList() : addresses.stream().map(RaftCommand::address).toList();
        SortedMap<String, String> answers = context.group().snapshot(root.config(), of);
        answers.forEach((address, text) -> context.terminal().line(address + ": " + text));
        if (answers.values().stream().anyMatch(text -> !text.startsWith("at index "))) {
            throw new CtlError("not every peer took a snapshot");
        }
    }

    @Command(name = "force-new-cluster", description = {"Make the storage of this node's stopped peer a group of one.",
            "For when the majority of the voters is lost for good."}, sortOptions = false)
    void force(@Mixin HelpOption forceHelp,
               @Option(names = "--confirm", paramLabel = "TEXT", description = "The words that it asks for.")
               Optional<String> confirmed) {
        Terminal terminal = root.context().terminal();
        try (CtlContext.Survivor survivor = root.context().group().survivor(root.config())) {
            String words = survivor.confirmation();
            terminal.line("The group goes on with the peer of this node alone, and with what it has on disk. Whatever else was"
                    + " acknowledged by the others is lost.");
            if (!survivor.givenUp().isEmpty()) {
                terminal.line("Given up: " + names(survivor.givenUp()) + ". Before any of them starts again its raft.data_dir has"
                        + " to be moved away: a majority of them would go on as a second group, in which another primary can be"
                        + " elected.");
            }
            terminal.line("PostgreSQL's data directories are not touched.");
            if (!confirmed.orElseGet(() -> terminal.ask("Type: " + words + "\n", "no")).equals(words)) {
                if (confirmed.isPresent()) {
                    throw new CtlError("--confirm has to be: " + words);
                }
                throw new AbortedError();
            }
            survivor.found();
            terminal.line("Done: start the agent of this node; it is the group. The others join when they start with an empty"
                    + " raft.data_dir.");
        }
    }

    /** @param question to be answered with yes before it is done; empty for none */
    private void change(GroupChange change, PlanOption plan, String question) {
        CtlContext context = root.context();
        Terminal terminal = context.terminal();
        ChangeReport planned = context.group().change(root.config(), change, true);
        terminal.print(new ChangeText(planned).plan());
        if (isSo(change, planned)) {
            terminal.line("Nothing to do: " + planned.refusal() + ".");
            return;
        }
        if (planned.isRefused()) {
            throw new CtlError(planned.refusal());
        }
        if (plan.given) {
            terminal.line("Nothing was changed.");
            return;
        }
        if (!question.isEmpty() && !terminal.confirm(question)) {
            throw new AbortedError();
        }
        ChangeReport done = context.group().change(root.config(), change, false);
        if (done.isRefused()) {
            throw new CtlError(done.refusal());
        }
        terminal.line("Done: " + done.outcome() + ".");
    }

    /** A peer may have joined by itself before it was added by hand. */
    private static boolean isSo(GroupChange change, ChangeReport planned) {
        return change instanceof GroupChange.Add add && (add.listener() ? planned.before().listeners()
                : planned.before().voters()).contains(add.address());
    }

    /** {@code --plan}. */
    static final class PlanOption {

        @Option(names = "--plan", description = "Say what would come of it, and change nothing.")
        private boolean given;
    }

    /** {@code --force}. */
    static final class ForceOption {

        @Option(names = "--force", description = "Do not ask for confirmation.")
        private boolean given;
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
