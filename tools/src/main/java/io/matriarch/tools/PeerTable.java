package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.GroupStatus.Part;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.raft.GroupStatus.Role;
import io.matriarch.tools.TextTable.Column;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The table of {@code raft members}. Pure. */
record PeerTable(GroupStatus status) {

    private static final int SHORT = 8;
    private static final List<Column> COLUMNS = List.of(Column.left("Address"), Column.left("Id"),
            Column.left("Role"), Column.left("Raft leader"), Column.right("Term"), Column.right("Commit"),
            Column.right("Applied"), Column.left("State"));

    /** The table, and below it what is not as it should be. */
    String render() {
        List<List<String>> rows = status.peers().stream().map(PeerTable::row).toList();
        StringBuilder out = new StringBuilder(new TextTable(" Raft group: " + status.group() + " ("
                + lower(status.formation()) + ") ", COLUMNS, rows).render());
        if (!status.missing().isEmpty()) {
            out.append(" Waiting for: ").append(status.missing().stream().map(HostPort::toString)
                    .collect(Collectors.joining(", "))).append('\n');
        }
        if (!status.explanation().isEmpty()) {
            out.append(' ').append(status.explanation()).append('\n');
        }
        return out.toString();
    }

    private static List<String> row(PeerStatus peer) {
        boolean takesPart = switch (peer.role()) {
            case LEADER, FOLLOWER, CANDIDATE -> true;
            case STARTING, STOPPED, UNREACHABLE, UNKNOWN -> false;
        };
        String role = switch (peer.part()) {
            case VOTER -> takesPart ? lower(peer.role()) : "";
            case LISTENER, EXPECTED_LISTENER -> "listener";
            case EXPECTED, OUTSIDE -> "";
        };
        String state = isExpected(peer) ? "expected" : peer.part() == Part.OUTSIDE && peer.role() == Role.STOPPED
                ? "removed" : takesPart ? "running" : lower(peer.role());
        return List.of(peer.address().toString(), peer.id().substring(0, Math.min(SHORT, peer.id().length())),
                role, peer.raftLeader() ? "*" : "", known(peer.term(), 1), known(peer.commitIndex(), 0),
                known(peer.appliedIndex(), 0), state);
    }

    private static boolean isExpected(PeerStatus peer) {
        return peer.part() == Part.EXPECTED || peer.part() == Part.EXPECTED_LISTENER;
    }

    /** What the group stands on, in a few lines. */
    String summary() {
        List<PeerStatus> voters = status.voters();
        long answering = voters.stream().filter(p -> p.role() == Role.LEADER || p.role() == Role.FOLLOWER).count();
        int quorum = voters.size() / 2 + 1;
        StringBuilder out = new StringBuilder("Raft group:  ").append(status.group()).append(" (")
                .append(lower(status.formation())).append(")\n");
        out.append("Raft leader: ").append(voters.stream().filter(p -> p.raftLeader() && p.role() == Role.LEADER).findFirst()
                .map(p -> p.address() + ", term " + p.term() + ", committed up to " + p.commitIndex())
                .orElse("none that answers")).append('\n');
        out.append("Voters:      ").append(voters.size()).append(", of which ").append(answering).append(" answer and ")
                .append(quorum).append(" must; ").append(answering < quorum ? "nothing can be written"
                        : answering == quorum ? "none of them may fail" : answering - quorum + " more may fail").append('\n');
        list(out, "Listeners:   ", p -> p.part() == Part.LISTENER);
        list(out, "Expected:    ", PeerTable::isExpected);
        list(out, "Away:        ", p -> p.role() == Role.UNREACHABLE && !isExpected(p));
        list(out, "Outside:     ", p -> p.part() == Part.OUTSIDE);
        if (!status.explanation().isEmpty()) {
            out.append(status.explanation()).append('\n');
        }
        return out.toString();
    }

    private void list(StringBuilder out, String title, Predicate<PeerStatus> which) {
        String names = status.peers().stream().filter(which).map(p -> p.address().toString())
                .collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            out.append(title).append(names).append('\n');
        }
    }

    private static String known(long value, long lowest) {
        return value < lowest ? "" : String.valueOf(value);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
