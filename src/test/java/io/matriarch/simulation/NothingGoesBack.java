package io.matriarch.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * I5: on every peer the revision and the applied index only grow, and peers that have applied the same entries have the
 * same revision. Commits on an older timeline than one under an earlier lock are counted, not refused: in asynchronous
 * mode a member that never saw the newer timeline may be all that is left.
 * (I6, about histories seen through the etcd adapter, has nothing to look at here.)
 */
final class NothingGoesBack implements Invariant {

    private final Map<RaftPeer, long[]> seen = new HashMap<>();
    private final Map<Long, Long> revisionAt = new HashMap<>();
    private int newestTimeline;

    @Override
    public String name() {
        return "I5 nothing goes back";
    }

    @Override
    public String looksAt() {
        return "events";
    }

    @Override
    public void afterEvent(World world) {
        for (RaftPeer peer : world.raft().peers()) {
            long index = peer.store().appliedIndex();
            long revision = peer.store().revision();
            long[] before = seen.computeIfAbsent(peer, p -> new long[2]);
            if (index == before[0] && revision == before[1]) {
                continue;
            }
            if (index < before[0] || revision < before[1]) {
                world.violated(this, "the store of " + peer.machine().name() + " went back from " + before[1]
                        + " to " + revision);
            }
            before[0] = index;
            before[1] = revision;
            Long other = revisionAt.putIfAbsent(index, revision);
            if (other != null && other != revision) {
                world.violated(this, "after entry " + index + " " + peer.machine().name() + " is at revision "
                        + revision + ", another peer at " + other);
            }
        }
    }

    @Override
    public void acknowledged(World world, Host host, Branch.Point commit) {
        int timeline = commit.branch().timeline();
        if (world.locks().isHeldBy(host.name())) {
            if (timeline < newestTimeline) {
                world.tally().count("commits on an older timeline than an abandoned one", 1);
            }
            newestTimeline = Math.max(newestTimeline, timeline);
        }
    }
}
