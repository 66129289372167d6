package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.GroupStatus.PeerStatus;
import io.matriarch.tools.TextTable.Column;
import java.util.List;
import java.util.Locale;
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
        return List.of(peer.address().toString(), peer.id().substring(0, Math.min(SHORT, peer.id().length())),
                takesPart ? lower(peer.role()) : "", peer.raftLeader() ? "*" : "", known(peer.term(), 1),
                known(peer.commitIndex(), 0), known(peer.appliedIndex(), 0),
                takesPart ? "running" : lower(peer.role()));
    }

    private static String known(long value, long lowest) {
        return value < lowest ? "" : String.valueOf(value);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
