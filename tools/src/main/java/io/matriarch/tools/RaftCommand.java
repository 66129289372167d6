package io.matriarch.tools;

import io.matriarch.raft.GroupStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code raft}: the consensus group itself. */
@Command(name = "raft", description = "Look at the consensus group.", synopsisSubcommandLabel = "COMMAND",
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
}
