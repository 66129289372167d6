package io.matriarch.loop;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Effect;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.PeerReport;
import io.matriarch.postgres.Postgres;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Performs effects, one at a time. The loop's thread alone. */
final class Effector {

    private static final Duration WRITE = Duration.ofSeconds(1);
    private static final Duration FENCE = Duration.ofSeconds(5);
    private static final Duration CANCEL = Duration.ofSeconds(10);
    private static final Duration CUT = Duration.ofSeconds(1);
    private static final int HAND_OVER_TRIES = 4;
    private static final Outcome NO_LOCK = new Outcome(Optional.of("the lock is not held any more"));

    private final HaPorts ports;
    private final LeaderLockKeeper keeper;
    private final MemberSession session;
    private final Deadline deadline;
    private Map<MemberName, PeerReport> peers = Map.of();
    private Map<MemberName, CutVote> cuts = Map.of();
    private Revision synced = Revision.ABSENT;
    private Optional<Effect.Exit> exit = Optional.empty();

    Effector(HaPorts ports, LeaderLockKeeper keeper, MemberSession session) {
        this.ports = ports;
        this.keeper = keeper;
        this.session = session;
        this.deadline = new Deadline(ports.ticker(), keeper);
    }

    /** The newest answer of each member that was ever asked and is still a member. */
    Map<MemberName, PeerReport> peers() {
        return peers;
    }

    /** The votes of the last cut that was performed or collected. */
    Map<MemberName, CutVote> cuts() {
        return cuts;
    }

    /** The revision of the last change of the sync key made here: an older view is of before it. */
    Revision synced() {
        return synced;
    }

    Optional<Effect.Exit> exit() {
        return exit;
    }

    /** Performs one effect; empty when it succeeded, else why it did not. */
    Optional<String> perform(Effect effect, Observation seen) {
        if (effect instanceof Effect.Exit e) {
            exit = Optional.of(e);
            return Optional.empty();
        }
        if (effect instanceof Effect.AskPeers e) {
            ask(e, seen);
            return Optional.empty();
        }
        return onLock(effect, seen).or(() -> onPostgres(effect, seen)).or(() -> onSync(effect, seen))
                .or(() -> onKeys(effect, seen))
                .orElseThrow(() -> new IllegalStateException("nobody performs " + effect)).failure();
    }

    private Optional<Outcome> onLock(Effect effect, Observation seen) {
        if (effect instanceof Effect.AcquireLeaderLock e) {
            return Optional.of(acquire(e, seen));
        }
        if (effect instanceof Effect.AdoptLeaderLock e) {
            keeper.adopt(e.lock(), ports.ticker().now(), seen.settings().leaderLease());
            keeper.poll(ports.ticker().now());
            return Optional.of(Outcome.DONE);
        }
        if (effect instanceof Effect.ForgetLeaderLock) {
            keeper.forget();
            return Optional.of(Outcome.DONE);
        }
        if (effect instanceof Effect.ReleaseLeaderLock e) {
            Optional<LeaderLock> mine = seen.lock().lock();
            keeper.forget();
            return Optional.of(mine.isEmpty() ? Outcome.DONE
                    : Outcome.of(ports.dcs().releaseLock(mine.get(), e.finalStatus(), WRITE)));
        }
        if (effect instanceof Effect.HandOverLeaderLock e) {
            return Optional.of(handOver(e, seen));
        }
        return Optional.empty();
    }

    private Outcome acquire(Effect.AcquireLeaderLock e, Observation seen) {
        LeaseId lease = ports.leases().get();
        Duration duration = seen.settings().leaderLease();
        if (!keeper.promise().mayTry(duration)) {
            return new Outcome(Optional.of("promised to a member that leads without the store"));
        }
        LeaderLockKeeper.Moment sent = keeper.moment();
        MemberName me = seen.settings().me();
        WriteResult result = e.sync().isPresent()
                ? ports.dcs().acquireLock(me, lease, duration, e.sync().get(), WRITE)
                : ports.dcs().acquireLock(me, lease, duration, WRITE);
        if (result instanceof WriteResult.Applied applied) {
            keeper.acquired(new LeaderLock(me, lease, applied.revision()), sent, duration);
        }
        if (!(result instanceof WriteResult.Unknown)) {
            keeper.promise().tried();
        }
        return changed(result);
    }

    /** The lock is not renewed any more before it is given away; a repetition after success is refused by the store. */
    private Outcome handOver(Effect.HandOverLeaderLock e, Observation seen) {
        Optional<LeaderLock> mine = seen.lock().lock();
        keeper.forget();
        if (mine.isEmpty()) {
            return NO_LOCK;
        }
        LeaseId itsLease = ports.leases().get();
        WriteResult result = new WriteResult.Unknown("not sent");
        for (int i = 0; i < HAND_OVER_TRIES && result instanceof WriteResult.Unknown; i++) {
            Duration duration = seen.settings().leaderLease();
            result = e.sync().isEmpty() ? ports.dcs().handOverLock(mine.get(), e.to(), itsLease, duration, e.finalStatus(), WRITE)
                    : ports.dcs().handOverLock(mine.get(), e.to(), itsLease, duration, new Dcs.Bequest(e.finalStatus(),
                            e.sync().get().sync(), e.sync().get().expected()), WRITE);
        }
        return Outcome.of(result);
    }

    private void ask(Effect.AskPeers e, Observation seen) {
        Map<MemberName, String> urls = urls(seen, name -> e.needed().contains(name) || e.welcome().contains(name));
        Map<MemberName, PeerReport> merged = new LinkedHashMap<>(peers);
        seen.cluster().ifPresent(view -> merged.keySet().retainAll(view.members().keySet()));
        if (!urls.isEmpty()) {
            merged.putAll(ports.peers().ask(urls, e.needed(), e.welcome(),
                    deadline.of(e.patience(), seen.mayWrite())));
        }
        peers = merged;
    }

    private static Map<MemberName, String> urls(Observation seen, Predicate<MemberName> wanted) {
        Map<MemberName, String> urls = new LinkedHashMap<>();
        seen.cluster().map(ClusterView::members).ifPresent(members -> members.forEach((name, member) -> {
            if (wanted.test(name)) {
                member.record().apiUrl().ifPresent(url -> urls.put(name, url));
            }
        }));
        return urls;
    }

    private Optional<Outcome> onPostgres(Effect effect, Observation seen) {
        Postgres postgres = ports.postgres();
        if (effect instanceof Effect.Fence) {
            return Optional.of(Outcome.of(postgres.fence(FENCE), "some processes could not be ended"));
        }
        if (effect instanceof Effect.ArmGuard e) {
            return Optional.of(Outcome.of(postgres.arm(e.lease(), e.epoch()), "the guard did not answer"));
        }
        if (effect instanceof Effect.DisarmGuard) {
            return Optional.of(Outcome.of(postgres.disarm(), "the guard did not answer"));
        }
        if (effect instanceof Effect.Begin e) {
            return Optional.of(Outcome.of(postgres.begin(e.operation(), ports.ticker().now(), permit(e.operation())),
                    "another operation is under way"));
        }
        if (effect instanceof Effect.CancelOperation) {
            postgres.cancel(CANCEL);
            return Optional.of(Outcome.DONE);
        }
        if (effect instanceof Effect.Nudge) {
            postgres.nudge();
            return Optional.of(Outcome.DONE);
        }
        if (effect instanceof Effect.SyncSlots e) {
            return Optional.of(Outcome.of(postgres.syncSlots(e.wanted()), "not all slots are there"));
        }
        if (effect instanceof Effect.ApplySettings) {
            Map<String, Object> config = seen.cluster().map(ClusterView::config).filter(c -> c.isPresent())
                    .map(c -> c.document()).orElse(seen.memory().upkeep().config());
            return Optional.of(Outcome.of(postgres.applySettings(config), "the settings were not taken over"));
        }
        return Optional.empty();
    }

    /** A founder needs no lock: it takes the lock afterwards, and before that nobody was told of its cluster. */
    private BooleanSupplier permit(Operation operation) {
        return operation instanceof Operation.Bootstrap ? () -> true : this::isPermitted;
    }

    /** The right to be primary at this very moment. */
    private boolean isPermitted() {
        return keeper.hold().isValidAt(ports.ticker().now());
    }

    private Optional<Outcome> onSync(Effect effect, Observation seen) {
        if (effect instanceof Effect.CollectCuts e) {
            return Optional.of(collect(e, seen));
        }
        if (effect instanceof Effect.Cut e) {
            return Optional.of(cut(e.epoch(), seen));
        }
        if (effect instanceof Effect.SetStandbyNames e) {
            return Optional.of(Outcome.of(ports.postgres().setStandbyNames(e.names()),
                    "synchronous_standby_names was not written"));
        }
        if (effect instanceof Effect.ReleaseStandbyNames) {
            return Optional.of(Outcome.of(ports.postgres().releaseStandbyNames(),
                    "synchronous_standby_names was not written"));
        }
        Optional<LeaderLock> mine = seen.lock().lock();
        Duration timeout = deadline.of(WRITE, seen.mayWrite());
        if (effect instanceof Effect.WriteSync e) {
            return Optional.of(mine.map(lock -> changed(ports.dcs().writeSync(lock, e.sync(), e.expected(), timeout)))
                    .orElse(NO_LOCK));
        }
        if (effect instanceof Effect.DeleteSync e) {
            return Optional.of(mine.map(lock -> changed(ports.dcs().deleteSync(lock, e.expected(), timeout)))
                    .orElse(NO_LOCK));
        }
        return Optional.empty();
    }

    private Outcome changed(WriteResult result) {
        if (result instanceof WriteResult.Applied applied && synced.compareTo(applied.revision()) < 0) {
            synced = applied.revision();
        }
        return Outcome.of(result);
    }

    private Outcome cut(Revision epoch, Observation seen) {
        cuts = Map.of();
        Optional<CutVote> vote = ports.postgres().cut(epoch, CUT);
        vote.ifPresent(v -> cuts = Map.of(seen.settings().me(), v));
        return Outcome.of(vote.isPresent(), "this member could not be cut for certain");
    }

    /**
     * The others are cut while this member cuts itself; each says what it has after its own cut. A later round of the same
     * epoch only waits for the others: this member has stayed cut, for a lock of its own.
     */
    private Outcome collect(Effect.CollectCuts e, Observation seen) {
        MemberName me = seen.settings().me();
        if (seen.lock().lock().filter(lock -> lock.epoch().equals(e.epoch())).isEmpty()) {
            cuts = Map.of();
            return NO_LOCK;
        }
        int others = e.needed() - (e.voters().contains(me) ? 1 : 0);
        Map<MemberName, String> urls = urls(seen, name -> others > 0 && e.voters().contains(name) && !name.equals(me));
        Supplier<Map<MemberName, CutVote>> asked = urls.isEmpty() ? Map::of
                : ports.peers().cut(urls, new OperatorIntent.CutRequest(e.epoch(), me), others, e.patience());
        boolean isCut = Optional.ofNullable(cuts.get(me)).filter(vote -> vote.epoch().equals(e.epoch())).isPresent();
        Outcome own = isCut ? Outcome.DONE : cut(e.epoch(), seen);
        if (own.failure().isEmpty()) {
            Map<MemberName, CutVote> votes = new LinkedHashMap<>(cuts);
            votes.putAll(asked.get());
            cuts = votes;
        }
        return own;
    }

    private Optional<Outcome> onKeys(Effect effect, Observation seen) {
        Dcs dcs = ports.dcs();
        Duration timeout = deadline.of(WRITE, seen.mayWrite());
        if (effect instanceof Effect.ClaimInitialize) {
            return Optional.of(claim(seen, timeout));
        }
        if (effect instanceof Effect.WithdrawInitialize) {
            return Optional.of(Outcome.of(dcs.withdrawInitialize(timeout)));
        }
        if (effect instanceof Effect.WriteInitialize e) {
            return Optional.of(Outcome.of(dcs.writeInitialize(e.systemIdentifier(), e.ifAbsent(), timeout)));
        }
        if (effect instanceof Effect.RestoreConfig e) {
            return Optional.of(Outcome.of(dcs.writeConfig(e.document(), Optional.of(Revision.ABSENT), timeout)));
        }
        if (effect instanceof Effect.ClearFailover e) {
            return Optional.of(Outcome.of(dcs.clearFailover(e.expected(), timeout)));
        }
        if (effect instanceof Effect.WriteStatus e) {
            return Optional.of(seen.lock().lock().map(mine ->
                    Outcome.of(dcs.writeStatus(mine, e.status(), timeout))).orElse(Outcome.DONE));
        }
        if (effect instanceof Effect.WriteFailsafe e) {
            return Optional.of(seen.lock().lock().map(mine ->
                    Outcome.of(dcs.writeFailsafe(mine, e.members(), timeout))).orElse(Outcome.DONE));
        }
        if (effect instanceof Effect.WriteHistory e) {
            return Optional.of(history(e, seen, timeout));
        }
        return Optional.empty();
    }

    /** A claim that may or may not have landed is left to die with its session, so that it cannot block everyone. */
    private Outcome claim(Observation seen, Duration timeout) {
        WriteResult published = session.publish(seen, timeout);
        if (!published.isApplied()) {
            return Outcome.of(published);
        }
        WriteResult result = ports.dcs().claimInitialize(session.lease(), timeout);
        if (result instanceof WriteResult.Unknown) {
            session.renew();
        }
        return Outcome.of(result);
    }

    private Outcome history(Effect.WriteHistory e, Observation seen, Duration timeout) {
        Optional<TimelineHistory> local = ports.postgres().timelineHistory();
        Optional<LeaderLock> mine = seen.lock().lock();
        if (mine.isEmpty() || local.isEmpty() && seen.postgres().timeline().value() != 1) {
            return Outcome.DONE;
        }
        TimelineHistory merged = Histories.merge(local.orElse(new TimelineHistory(true, List.of())),
                e.known(), seen.settings().me(), ports.wall().instant());
        return merged.equals(e.known()) ? Outcome.DONE
                : Outcome.of(ports.dcs().writeHistory(mine.get(), merged, timeout));
    }

    private record Outcome(Optional<String> failure) {

        static final Outcome DONE = new Outcome(Optional.empty());

        static Outcome of(boolean success, String otherwise) {
            return success ? DONE : new Outcome(Optional.of(otherwise));
        }

        static Outcome of(WriteResult result) {
            if (result instanceof WriteResult.Rejected rejected) {
                return new Outcome(Optional.of("refused: " + rejected.why()));
            }
            return result instanceof WriteResult.Unknown unknown
                    ? new Outcome(Optional.of("unknown: " + unknown.why())) : DONE;
        }
    }
}
