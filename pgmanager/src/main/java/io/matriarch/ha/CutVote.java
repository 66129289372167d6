package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;

/**
 * What a member has once it can get no more from any holder of the lock before an epoch.
 *
 * @param epoch    the member is cut from every holder with an earlier epoch
 * @param timeline of its newest log
 * @param position end of the log that is on its disk, read after the cut
 */
public record CutVote(Revision epoch, Timeline timeline, Lsn position) implements Comparable<CutVote> {

    /** Orders by how much of the log there is: the timeline first, then the position. The epoch does not count. */
    @Override
    public int compareTo(CutVote other) {
        int timelines = timeline.compareTo(other.timeline);
        return timelines != 0 ? timelines : position.compareTo(other.position);
    }
}
