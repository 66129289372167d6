package io.matriarch.raft;

import java.util.List;
import java.util.OptionalLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/**
 * When the newest entries of the log came here from the Raft leader. A follower may apply an entry much later, once it
 * hears that it was committed: the last renewal before a leader's death only when there is another leader. A lease is
 * counted from here all the same, since a renewal was sent before it came.
 *
 * <p>Threads: any.
 */
final class Arrivals {

    private static final int SIZE = 1024;
    private static final long NONE = Long.MIN_VALUE;

    private final long[] indices = new long[SIZE];
    private final long[] terms = new long[SIZE];
    private final long[] moments = new long[SIZE];

    Arrivals() {
        java.util.Arrays.fill(indices, NONE);
    }

    /** Notes entries that came at a moment of {@link System#nanoTime}; what came again counts as it came last. */
    synchronized void came(List<LogEntryProto> entries, long now) {
        for (LogEntryProto entry : entries) {
            int slot = (int) Math.floorMod(entry.getIndex(), (long) SIZE);
            indices[slot] = entry.getIndex();
            terms[slot] = entry.getTerm();
            moments[slot] = now;
        }
    }

    /** When this very entry came; empty for one of this peer's own, or of long ago. */
    synchronized OptionalLong of(long term, long index) {
        int slot = (int) Math.floorMod(index, (long) SIZE);
        return indices[slot] == index && terms[slot] == term ? OptionalLong.of(moments[slot]) : OptionalLong.empty();
    }
}
