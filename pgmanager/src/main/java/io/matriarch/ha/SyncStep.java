package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.SyncState;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One change on the way to the wanted synchronous replication. After each of them everything that the sync key promises holds. */
sealed interface SyncStep {

    /** What the sync key is to hold. */
    record Key(MemberName leader, int quorum, Set<MemberName> voters) implements SyncStep {

        public Key {
            voters = Collections.unmodifiableSet(new TreeSet<>(voters));
        }

        SyncState state() {
            return new SyncState(Optional.of(leader), quorum, voters, io.matriarch.cluster.Revision.ABSENT);
        }

        boolean isIn(Optional<SyncState> sync) {
            return sync.filter(s -> s.leader().equals(Optional.of(leader)) && s.quorum() == quorum
                    && s.standbys().equals(voters)).isPresent();
        }
    }

    /** What commits are to wait for. */
    record Names(StandbyRule rule) implements SyncStep {
    }

    /** Nothing can be done before the connected replicas are looked at again. */
    record LookAgain() implements SyncStep {
    }
}
