package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.util.List;

/** How far this peer has come, in words for an operator. */
record Progress(GroupStatus.Formation formation, List<HostPort> missing, String explanation) {

    Progress {
        missing = List.copyOf(missing);
    }

    static Progress formed() {
        return new Progress(GroupStatus.Formation.FORMED, List.of(), "");
    }
}
