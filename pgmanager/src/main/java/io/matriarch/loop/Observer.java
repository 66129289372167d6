package io.matriarch.loop;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.HaMemory;
import io.matriarch.ha.HaSettings;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Observation;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.Tick;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Looks at everything a decision may rest on, within the time that the lock leaves. */
final class Observer {

    private static final Duration VIEW_AGE = Duration.ofSeconds(2);
    private static final Duration VIEW_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration POSTGRES_TIMEOUT = Duration.ofSeconds(1);

    private final HaPorts ports;
    private final LeaderLockKeeper keeper;
    private Map<String, Object> config = Map.of();
    private boolean mayWrite;

    Observer(HaPorts ports, LeaderLockKeeper keeper) {
        this.ports = ports;
        this.keeper = keeper;
    }

    /**
     * @param cuts   votes to show
     * @param synced a view from before this revision does not show what this agent has written
     */
    Observation observe(OperatorIntent intent, Map<MemberName, PeerReport> peers, HaMemory memory,
                        Map<MemberName, CutVote> cuts, Revision synced) {
        Deadline deadline = new Deadline(ports.ticker(), keeper);
        // A server that was started meanwhile may accept writes before it is looked at.
        boolean urgent = (mayWrite || Observation.isBecomingPrimary(ports.postgres().task())) && !memory.paused();
        Optional<ClusterView> view = view(v -> isCalm(v, ports.settings().settings(config), intent, synced),
                () -> deadline.of(VIEW_TIMEOUT, urgent));
        view.map(ClusterView::config).filter(c -> c.isPresent()).ifPresent(c -> config = c.document());
        PostgresStatus postgres = ports.postgres().observe(deadline.of(POSTGRES_TIMEOUT, urgent));
        mayWrite = postgres.mayWrite();
        LockHold hold = keeper.hold();
        Tick now = ports.ticker().now();
        HaSettings settings = ports.settings().settings(config);
        OperatorIntent wanted = settings.failsafe() ? intent.withPromise(keeper.promise().given(settings.ttl())) : intent;
        return new Observation(now, ports.wall().instant(), view, hold, postgres, peers, ports.postgres().task(),
                wanted, settings, memory, cuts);
    }

    /** A recent view will do for the usual; what may lead to a race, a foundation or an adoption is read for sure. */
    private Optional<ClusterView> view(Predicate<ClusterView> calm, Supplier<Duration> timeout) {
        Optional<ClusterView> recent = ports.dcs().view(VIEW_AGE, timeout.get());
        if (recent.isEmpty() || calm.test(recent.get())) {
            return recent;
        }
        return ports.dcs().view(Duration.ZERO, timeout.get());
    }

    private boolean isCalm(ClusterView view, HaSettings settings, OperatorIntent intent, Revision synced) {
        boolean behind = view.revision().compareTo(synced) < 0
                || intent.cut().filter(cut -> view.revision().compareTo(cut.epoch()) < 0).isPresent();
        return !behind && isCalm(view, settings);
    }

    private boolean isCalm(ClusterView view, HaSettings settings) {
        Optional<LeaderLock> mine = keeper.hold().lock();
        boolean known = view.leader().isPresent()
                && (!view.isLockedBy(settings.me()) || mine.map(LeaderLock::lease)
                        .equals(view.leader().map(LeaderLock::lease)));
        return known && (mine.isEmpty() || view.isLockedBy(settings.me()));
    }
}
