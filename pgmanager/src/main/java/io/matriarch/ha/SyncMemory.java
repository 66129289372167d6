package io.matriarch.ha;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import java.util.Optional;
import java.util.Set;

/**
 * What is remembered for synchronous replication.
 *
 * @param known      the sync key as last seen; empty when it was not there
 * @param names      {@code synchronous_standby_names} as last seen in effect on a primary
 * @param since      when these names were first seen
 * @param mark       how far the log was once every process of the server had these names; zero before
 * @param ready      members that have everything up to the mark and that commits have waited for since
 * @param protects   whether, when last seen, no commit was acknowledged that a member of the sync key lacked
 * @param round      the cut that is being collected
 * @param warned     the log was told that commits wait for replicas that are not there
 * @param foreign    since when the store has been seen at revisions before the cut epoch: it is another store
 * @param unsure     a write of the sync key was not seen to succeed; it may still come into effect.
 *                   So it is in the beginning, since an earlier agent may have written
 */
public record SyncMemory(Optional<SyncState> known, String names, Optional<Tick> since, Lsn mark,
                         Set<MemberName> ready, boolean protects, Round round, boolean warned,
                         Optional<Tick> foreign, boolean unsure) {

    public static final SyncMemory NONE = new SyncMemory(Optional.empty(), "", Optional.empty(), Lsn.ZERO, Set.of(),
            false, Round.NONE, false, Optional.empty(), true);

    public SyncMemory {
        ready = Set.copyOf(ready);
    }

    SyncMemory withKnown(Optional<SyncState> state) {
        return new SyncMemory(state, names, since, mark, ready, protects, round, warned, foreign, unsure);
    }

    SyncMemory withNames(String text, Optional<Tick> at, Lsn position, Set<MemberName> members) {
        return new SyncMemory(known, text, at, position, members, protects, round, warned, foreign, unsure);
    }

    SyncMemory withProtects(boolean isProtecting) {
        return new SyncMemory(known, names, since, mark, ready, isProtecting, round, warned, foreign, unsure);
    }

    SyncMemory withRound(Round newRound) {
        return new SyncMemory(known, names, since, mark, ready, protects, newRound, warned, foreign, unsure);
    }

    SyncMemory withWarned(boolean wasWarned) {
        return new SyncMemory(known, names, since, mark, ready, protects, round, wasWarned, foreign, unsure);
    }

    SyncMemory withForeign(Optional<Tick> at) {
        return new SyncMemory(known, names, since, mark, ready, protects, round, warned, at, unsure);
    }

    SyncMemory withUnsure(boolean isUnsure) {
        return new SyncMemory(known, names, since, mark, ready, protects, round, warned, foreign, isUnsure);
    }

    /**
     * Attempts to get enough votes under one lock.
     *
     * @param epoch of the lock
     * @param tries how often the voters were asked
     */
    public record Round(Revision epoch, int tries) {

        static final Round NONE = new Round(Revision.ABSENT, 0);
    }
}
