package io.matriarch.postgres;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether the local data has left the history of another server, so that it cannot follow it as it is. Pure. */
public final class Divergence {

    private Divergence() {
    }

    /** The verdict. */
    public enum Verdict {
        /** The local data has to be rewound or cloned anew. */
        NEED,
        /** The local data is a part of the other's history. */
        NOT_NEEDED,
        /**
         * Two promotions that did not know of each other gave their timelines the same number, and the local data is on the
         * one, the other server on the other. Rewinding goes by the number and would see nothing: it has to be cloned anew.
         */
        TWIN,
        /** It cannot be told from what is known. */
        UNDECIDED
    }

    /** What the local data is. */
    public enum Kind {
        /** In recovery, running or stopped: {@code position} is the end of what was replayed. */
        REPLICA,
        /** A primary that was shut down in order: {@code position} is its last checkpoint. */
        STOPPED_PRIMARY,
        /** A primary that died: {@code position} is its last checkpoint. */
        CRASHED_PRIMARY
    }

    /**
     * @param position see {@link Kind}
     * @param walEnd   the end of the last record of a former primary's WAL, when it could be read
     * @param history  of the local timeline; absent when it is not known
     */
    public record Local(Kind kind, Timeline timeline, Lsn position, Optional<Lsn> walEnd, TimelineHistory history) {
    }

    /** @param history of the other server's timeline */
    public static Verdict judge(Local local, Timeline upstream, TimelineHistory history) {
        if (!local.timeline().isKnown() || !upstream.isKnown()) {
            return Verdict.UNDECIDED;
        }
        boolean otherPast = local.history().present() && history.present()
                && !past(local.history(), local.timeline()).equals(past(history, local.timeline()));
        if (local.timeline().equals(upstream)) {
            // only the server that was promoted writes a timeline: a primary that finds another on its own finds a twin
            boolean bothWrote = local.kind() == Kind.CRASHED_PRIMARY && upstream.value() > 1;
            return otherPast || bothWrote ? Verdict.TWIN : Verdict.NOT_NEEDED;
        }
        if (otherPast || local.timeline().compareTo(upstream) > 0) {
            return Verdict.NEED;
        }
        return history.entries().stream().filter(e -> e.timeline() == local.timeline().value()).findFirst()
                .map(entry -> isBeyond(local, entry.switchpoint()) ? Verdict.NEED : Verdict.NOT_NEEDED)
                .orElse(Verdict.NEED);
    }

    /** Where the timelines before this one were left. */
    private static List<Map.Entry<Integer, Lsn>> past(TimelineHistory history, Timeline timeline) {
        return history.entries().stream().filter(e -> e.timeline() < timeline.value())
                .map(e -> Map.entry(e.timeline(), e.switchpoint())).toList();
    }

    private static boolean isBeyond(Local local, Lsn switchpoint) {
        int position = local.position().compareTo(switchpoint);
        return switch (local.kind()) {
            case REPLICA -> position > 0;
            // its shutdown checkpoint has to be the last record that the new timeline took over
            case STOPPED_PRIMARY -> position >= 0 || !local.walEnd().equals(Optional.of(switchpoint));
            case CRASHED_PRIMARY -> position >= 0 || local.walEnd().isEmpty()
                    || local.walEnd().get().compareTo(switchpoint) > 0;
        };
    }
}
