package io.matriarch.tools;

import io.matriarch.config.HostPort;
import io.matriarch.raft.ChangeReport;
import io.matriarch.raft.ChangeReport.Footing;
import java.util.List;
import java.util.stream.Collectors;

/** What a change of the Raft group comes to, in words. Pure. */
record ChangeText(ChangeReport report) {

    /** The group before and after, and what to know of it; each line ends with a line feed. */
    String plan() {
        StringBuilder out = new StringBuilder();
        if (!report.before().voters().isEmpty()) {
            out.append("Before: ").append(footing(report.before())).append('\n');
            if (!report.isRefused()) {
                out.append("After:  ").append(footing(report.after())).append('\n');
            }
        }
        report.warnings().forEach(w -> out.append("Warning: ").append(w).append(".\n"));
        return out.toString();
    }

    private static String footing(Footing footing) {
        int voters = footing.voters().size();
        return voters + (voters == 1 ? " voter (" : " voters (") + names(footing.voters()) + "), quorum " + footing.quorum()
                + ", tolerates the loss of " + Math.max(0, footing.mayFail())
                + (footing.silent().isEmpty() ? "" : "; silent: " + names(footing.silent()))
                + (footing.listeners().isEmpty() ? "" : "; listeners: " + names(footing.listeners()));
    }

    private static String names(List<HostPort> addresses) {
        return addresses.stream().map(HostPort::toString).collect(Collectors.joining(", "));
    }
}
