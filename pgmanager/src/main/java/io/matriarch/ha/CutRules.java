package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.SyncState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A member that has taken the lock asks for this one's vote. The store alone decides whether it gets it: there has to be a
 * leader lock of exactly that epoch held by the asker, who has not been elected yet. So a stranger who asks changes
 * nothing that would not happen anyway.
 */
public final class CutRules {

    private static final Duration WATCHED = Duration.ofMillis(20);

    private CutRules() {
    }

    /** Why this member does not cut itself for the request at hand; empty when it does, or may in a moment. */
    public static Optional<String> refusal(Observation seen) {
        if (seen.intent().cut().isEmpty()) {
            return Optional.empty();
        }
        OperatorIntent.CutRequest request = seen.intent().cut().get();
        Optional<MemberName> promised = seen.intent().promise().flatMap(OperatorIntent.Promise::to);
        if (promised.filter(to -> !to.equals(request.asker())).isPresent()) {
            return Optional.of("this member has promised its vote to " + promised.get() + ", which leads without the store");
        }
        if (request.asker().equals(seen.settings().me()) || seen.mayWrite()) {
            return Optional.of("a primary does not vote");
        }
        if (seen.postgres().dataDirectory() != PostgresStatus.DataDirectory.PRESENT) {
            return Optional.of("there is no data to vote with");
        }
        if (seen.cluster().isEmpty() || seen.cluster().get().revision().compareTo(request.epoch()) < 0) {
            return Optional.empty(); // the store may show it in a moment
        }
        ClusterView view = seen.cluster().get();
        Optional<LeaderLock> lock = view.leader();
        if (lock.filter(l -> l.epoch().equals(request.epoch()) && l.holder().equals(request.asker())).isEmpty()) {
            return Optional.of("the store shows no such lock");
        }
        boolean elected = view.sync().flatMap(SyncState::leader).equals(Optional.of(request.asker()));
        return elected ? Optional.of(request.asker() + " has been elected already") : Optional.empty();
    }

    static Optional<Decision> decide(Facts f) {
        if (f.seen().intent().cut().isEmpty() || refusal(f.seen()).isPresent()) {
            return Optional.empty();
        }
        OperatorIntent.CutRequest request = f.seen().intent().cut().get();
        boolean shown = f.leader().filter(lock -> lock.epoch().equals(request.epoch())).isPresent();
        // an operation at work could follow the old source after the cut
        if (!shown || f.running().isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new Decision(Rule.CUT, "cut from every earlier holder of the lock for " + request.asker(),
                List.of(new Effect.Cut(request.epoch())), f.memory(), Facts.SOON));
    }

    /** As long as somebody waits for a vote, the store is watched closely. */
    static Duration pace(Observation seen, Duration next) {
        return seen.intent().cut().isPresent() && next.compareTo(WATCHED) > 0 ? WATCHED : next;
    }
}
