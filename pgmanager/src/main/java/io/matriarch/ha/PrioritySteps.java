package io.matriarch.ha;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.SyncState;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The next step to replication where commits wait for each of some chosen standbys. A member leaves the sync key before
 * commits stop waiting for it, and enters it only after they have begun to and it has caught up.
 */
final class PrioritySteps {

    private PrioritySteps() {
    }

    /**
     * @param rule      what commits wait for
     * @param picked    who is to be waited for
     * @param confirmed those of them that have every commit
     */
    static Optional<SyncStep> next(MemberName me, Optional<SyncState> key, StandbyRule rule, Set<MemberName> picked,
                                   Set<MemberName> confirmed) {
        if (key.flatMap(SyncState::leader).filter(me::equals).isEmpty()) {
            return Optional.of(new SyncStep.Key(me, 0, Set.of()));
        }
        Set<MemberName> named = key.get().standbys();
        Set<MemberName> kept = new TreeSet<>(named);
        kept.retainAll(picked);
        kept.retainAll(rule.number() >= rule.names().size() ? rule.members() : Set.of());
        if (key.get().quorum() > 0) {
            kept.retainAll(confirmed); // some of them may lack what others have
        }
        if (!kept.equals(named) || key.get().quorum() > 0) {
            return Optional.of(new SyncStep.Key(me, 0, kept));
        }
        StandbyRule wanted = StandbyRule.all(picked);
        if (!wanted.equals(rule)) {
            return Optional.of(new SyncStep.Names(wanted));
        }
        kept.addAll(confirmed);
        return kept.equals(named) ? Optional.empty() : Optional.of(new SyncStep.Key(me, 0, kept));
    }
}
