package io.matriarch.cluster;

import java.util.Optional;
import java.util.Set;

/**
 * The sync key: who may be promoted without losing an acknowledged commit.
 *
 * @param quorum   how many of the voters may lack a commit that was acknowledged
 * @param standbys the synchronous standbys, or the voters in quorum mode
 */
public record SyncState(Optional<MemberName> leader, int quorum, Set<MemberName> standbys, Revision modified) {

    public SyncState {
        standbys = Set.copyOf(standbys);
    }
}
