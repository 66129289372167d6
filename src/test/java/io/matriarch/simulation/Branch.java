package io.matriarch.simulation;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.TimelineHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One timeline as it really is: the log that one promotion began. Two promotions from the same point may give their
 * timelines the same number, and are two branches all the same. Remembers the commits acknowledged on it.
 */
final class Branch {

    private final int timeline;
    private final Branch parent;
    private final long start;
    private final MemberName writer;
    private final List<TimelineHistory.Entry> history;
    private long[] acknowledged = new long[64];
    private boolean[] bound = new boolean[64];
    private int count;
    private int lost;

    private Branch(int timeline, Branch parent, long start, MemberName writer, List<TimelineHistory.Entry> history) {
        this.timeline = timeline;
        this.parent = parent;
        this.start = start;
        this.writer = writer;
        this.history = history;
    }

    /** The first timeline of a new cluster. */
    static Branch first(MemberName writer) {
        return new Branch(1, null, 0, writer, List.of());
    }

    /** What a promotion of {@code writer} at {@code at} begins. */
    Branch fork(long at, MemberName by) {
        List<TimelineHistory.Entry> entries = new ArrayList<>(history);
        entries.add(new TimelineHistory.Entry(timeline, new Lsn(at), "no recovery target specified",
                Optional.empty(), Optional.empty()));
        return new Branch(timeline + 1, this, at, by, List.copyOf(entries));
    }

    int timeline() {
        return timeline;
    }

    MemberName writer() {
        return writer;
    }

    Optional<Branch> parent() {
        return Optional.ofNullable(parent);
    }

    /** As the history file has it. */
    List<TimelineHistory.Entry> history() {
        return history;
    }

    /** How far the log that ends at {@code end} on this branch follows {@code other}; -1 when it never was on it. */
    long follows(Branch other, long end) {
        long limit = end;
        for (Branch b = this; b != null; b = b.parent) {
            if (b == other) {
                return limit;
            }
            limit = Math.min(limit, b.start);
        }
        return -1;
    }

    /** The last common point of two logs: the branch and the position on it. */
    static Point fork(Branch one, long oneEnd, Branch two, long twoEnd) {
        long limit = oneEnd;
        for (Branch b = one; b != null; b = b.parent) {
            long shared = two.follows(b, twoEnd);
            if (shared >= 0) {
                return new Point(b, Math.min(limit, shared));
            }
            limit = Math.min(limit, b.start);
        }
        throw new IllegalStateException("two logs of different clusters");
    }

    /** Whether two logs end on, or have passed through, timelines with one number and one beginning that are not the same. */
    static boolean isTwin(Branch one, long oneEnd, Branch two, long twoEnd) {
        Point common = fork(one, oneEnd, two, twoEnd);
        return childOf(common.branch, one).filter(a -> childOf(common.branch, two)
                .filter(b -> a.start == b.start).isPresent()).isPresent();
    }

    private static Optional<Branch> childOf(Branch ancestor, Branch of) {
        for (Branch b = of; b != null; b = b.parent) {
            if (b.parent == ancestor) {
                return Optional.of(b);
            }
        }
        return Optional.empty();
    }

    /** Whether two logs belong to one cluster at all. */
    static boolean related(Branch one, Branch two) {
        return one.root() == two.root();
    }

    private Branch root() {
        Branch b = this;
        while (b.parent != null) {
            b = b.parent;
        }
        return b;
    }

    /** @param kept whether no failover may lose it */
    void acknowledge(long lsn, boolean kept) {
        if (count == acknowledged.length) {
            acknowledged = Arrays.copyOf(acknowledged, count * 2);
            bound = Arrays.copyOf(bound, count * 2);
        }
        bound[count] = kept;
        acknowledged[count++] = lsn;
    }

    /** How many commits after {@code lsn} no failover may lose. */
    int boundAfter(long lsn) {
        int found = 0;
        for (int i = count - 1; i >= 0 && acknowledged[i] > lsn; i--) {
            found += bound[i] ? 1 : 0;
        }
        return found;
    }

    /** The newest commit acknowledged under the lock that is not known to be lost; 0 when there is none. */
    long lastAcknowledged() {
        return count == 0 ? 0 : acknowledged[count - 1];
    }

    int acknowledgedCount() {
        return count;
    }

    /** Forgets the commits after {@code lsn}, and returns how many there were. */
    int dropAfter(long lsn) {
        int before = count;
        while (count > 0 && acknowledged[count - 1] > lsn) {
            count--;
        }
        lost += before - count;
        return before - count;
    }

    /** Commits acknowledged here that no surviving log has. */
    int lost() {
        return lost;
    }

    /** A position in the log. */
    record Point(Branch branch, long lsn) {
    }
}
