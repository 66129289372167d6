package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.Decision.Note;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who may be promoted without losing a commit that was acknowledged.
 *
 * <p>The sync key says that of its leader and its voters no more than {@code quorum} lack such a commit. The holder of a
 * new lock has {@code quorum + 1} voters cut themselves from everyone before it; then none of them can acknowledge
 * anything for the old primary, and one of them has every commit. The one with most of the log is promoted. The leader of
 * the key itself has everything and needs no votes.
 */
final class Election {

    private static final int MOST_TRIES = 4;
    private static final Duration VOTES = Duration.ofMillis(300);
    private static final Duration NO_RACE = Duration.ofSeconds(1);
    private static final Duration PREPARING = Duration.ofMillis(30);

    private Election() {
    }

    /** The sync key when it rules who may be promoted. It does so for as long as it names somebody, whatever the mode. */
    static Optional<SyncState> key(Facts f) {
        return f.view().flatMap(ClusterView::sync).filter(key -> key.leader().isPresent()
                && (f.settings().sync().isOn() || !key.standbys().isEmpty()));
    }

    /** The revision of the sync key that an acquisition has to compare; empty when it does not rest on the key. */
    static Optional<Revision> compared(Facts f) {
        Optional<SyncState> sync = f.view().flatMap(ClusterView::sync);
        return f.settings().sync().isOn() || sync.isPresent()
                ? Optional.of(sync.map(SyncState::modified).orElse(Revision.ABSENT)) : Optional.empty();
    }

    static boolean isNamed(SyncState key, MemberName name) {
        return key.leader().equals(Optional.of(name)) || key.standbys().contains(name);
    }

    /**
     * Whether the holder of a new lock has yet to ask for this member's vote, or to do without. To follow it before would
     * keep it waiting, and there is nothing to follow yet.
     */
    static boolean mayAskForVote(Facts f, MemberName holder) {
        boolean asked = f.leader().filter(lock -> lock.epoch().compareTo(f.postgres().cutEpoch()) <= 0).isPresent();
        boolean elected = f.member(holder).filter(Upstreams::publishesPrimary).isPresent();
        return !asked && !elected && key(f).filter(key -> !key.leader().equals(Optional.of(holder))
                && key.standbys().contains(f.me())).isPresent();
    }

    /** Whether this member leads by the sync key, or there is no key that says otherwise. */
    static boolean isLeader(Facts f) {
        return key(f).filter(key -> !key.leader().equals(Optional.of(f.me()))).isEmpty();
    }

    /** Whether an operator asked for a failover to this member, come what may. */
    private static boolean isForced(Facts f) {
        return f.view().flatMap(ClusterView::failover)
                .filter(r -> !r.isSwitchover() && r.candidate().equals(Optional.of(f.me()))).isPresent();
    }

    /** Whether this member is one that the sync key lets try at all. */
    static boolean mayTry(Facts f, SyncState key) {
        boolean bySwitchover = f.view().flatMap(ClusterView::failover).flatMap(r -> r.leader()).isPresent();
        boolean outsidersToo = f.settings().sync().mode() == SyncSettings.Mode.QUORUM && !bySwitchover;
        return isNamed(key, f.me()) || outsidersToo || isForced(f);
    }

    /** What a promoted member writes into the sync key first. */
    static SyncStep.Key promoted(Facts f, SyncState key) {
        if (key.leader().equals(Optional.of(f.me()))) {
            return new SyncStep.Key(f.me(), key.quorum(), key.standbys());
        }
        Set<MemberName> others = new TreeSet<>(key.standbys());
        key.leader().ifPresent(others::add);
        others.remove(f.me());
        return switch (f.settings().sync().mode()) {
            case QUORUM -> ledBy(f.me(), key);
            case PRIORITY -> new SyncStep.Key(f.me(), 0, f.settings().sync().strict() && key.quorum() == 0 ? others : Set.of());
            case OFF -> new SyncStep.Key(f.me(), 0, Set.of());
        };
    }

    /** The key with another leader, who has every commit: the former one, which has them too, becomes a voter. */
    private static SyncStep.Key ledBy(MemberName leader, SyncState key) {
        Set<MemberName> others = new TreeSet<>(key.standbys());
        key.leader().ifPresent(others::add);
        others.remove(leader);
        return new SyncStep.Key(leader, others.isEmpty() ? 0 : Math.min(key.quorum(), others.size() - 1), others);
    }

    /** What commits have to wait for once this member begins to write under the sync key as it is. */
    static StandbyRule names(Facts f, Optional<SyncState> key) {
        SyncSettings settings = f.settings().sync();
        boolean quorum = settings.mode() == SyncSettings.Mode.QUORUM;
        Optional<SyncStep.Key> wanted = key.filter(k -> k.leader().isPresent()).map(k -> promoted(f, k));
        if (wanted.isEmpty() || wanted.get().voters().isEmpty()) {
            StandbyRule placeholder = quorum ? StandbyRule.any(1, Set.of(StandbyRule.PLACEHOLDER))
                    : StandbyRule.all(Set.of(StandbyRule.PLACEHOLDER));
            return settings.strict() ? placeholder : StandbyRule.NONE;
        }
        Set<MemberName> voters = wanted.get().voters();
        return !quorum && wanted.get().quorum() == 0 ? StandbyRule.all(voters)
                : StandbyRule.any(voters.size() - wanted.get().quorum(), voters);
    }

    /** What has to be done before the promotion; empty when this member may be promoted now. */
    static Optional<Decision> beforePromotion(Facts f, LeaderLock lock) {
        boolean mayRule = f.settings().sync().isOn() || f.memory().sync().known().isPresent();
        if (f.view().isEmpty()) {
            return mayRule ? Optional.of(f.decide(Rule.LOCK_PENDING, "waiting for the sync key", Facts.SOON)) : Optional.empty();
        }
        if (mayRule && f.view().get().revision().compareTo(lock.epoch()) < 0) {
            return Optional.of(f.decide(Rule.LOCK_PENDING, "waiting for a view of the time of the leader lock", PREPARING));
        }
        Optional<SyncState> key = key(f);
        Optional<Decision> vote = isLeader(f) ? Optional.empty() : vote(f, key.orElseThrow(), lock);
        // the key alone is written in one go with the promotion, right before it
        return vote.isPresent() ? vote : prepare(f, key).filter(d -> !d.effects().equals(keyOfPromotion(f)));
    }

    /** Has the key say that this member leads; nothing to be done when it does already. */
    static List<Effect> keyOfPromotion(Facts f) {
        return key(f).filter(k -> !promoted(f, k).isIn(key(f))).map(k -> List.<Effect>of(
                new Effect.WriteSync(promoted(f, k).state(), k.modified()))).orElse(List.of());
    }

    private static Optional<Decision> vote(Facts f, SyncState key, LeaderLock lock) {
        Map<MemberName, CutVote> cuts = new TreeMap<>(f.seen().cuts());
        cuts.values().removeIf(vote -> !vote.epoch().equals(lock.epoch()));
        int needed = key.quorum() + 1;
        long votes = cuts.keySet().stream().filter(key.standbys()::contains).count();
        List<Note> notes = new ArrayList<>();
        if (!cuts.containsKey(f.me()) || votes < needed) {
            SyncMemory.Round round = f.memory().sync().round();
            int tries = round.epoch().equals(lock.epoch()) ? round.tries() : 0;
            if (tries < MOST_TRIES) {
                SyncMemory asked = f.memory().sync().withRound(new SyncMemory.Round(lock.epoch(), tries + 1));
                return Optional.of(f.decide(Rule.COLLECT_CUTS, "collecting the votes of " + needed + " of "
                        + new TreeSet<>(key.standbys()), Facts.SOON, f.memory().withSync(asked),
                        new Effect.CollectCuts(lock.epoch(), key.standbys(), needed, VOTES)));
            }
            if (!isForced(f)) {
                return Optional.of(release(f, lock, Rule.RELEASE_WITHOUT_VOTES, "released the leader lock: only " + votes
                        + " of the " + needed + " votes that are needed came"));
            }
            notes.add(Note.warning("manual failover: promoted without the votes that tell of every commit; commits that"
                    + " only " + new TreeSet<>(key.standbys()) + " or " + key.leader().orElseThrow() + " have are lost"));
        }
        Optional<Map.Entry<MemberName, CutVote>> best = cuts.entrySet().stream().max(Map.Entry.comparingByValue());
        CutVote own = cuts.get(f.me());
        boolean behind = own != null && best.isPresent() && best.get().getValue().compareTo(own) > 0;
        if (behind && !isForced(f)) {
            return Optional.of(giveTo(f, lock, best.get().getKey()));
        }
        return notes.isEmpty() ? Optional.empty() : prepare(f, Optional.of(key)).map(d -> Facts.noting(d, notes));
    }

    private static Decision giveTo(Facts f, LeaderLock lock, MemberName better) {
        boolean mayLead = f.member(better).filter(member -> !member.record().nofailover()).isPresent();
        if (!mayLead) {
            return release(f, lock, Rule.RELEASE_BEHIND_VOTER, "released the leader lock: " + better
                    + " has more of the log and may not be promoted");
        }
        return f.decide(Rule.HAND_OVER_TO_VOTER, "leader key handed over to " + better + ", which has more of the log",
                Facts.SOON, f.memory().withDropped(Optional.of(lock.lease())).withRaced(false),
                new Effect.HandOverLeaderLock(better, f.view().orElseThrow().status()));
    }

    private static Decision release(Facts f, LeaderLock lock, Rule rule, String reason) {
        return f.decide(rule, reason, Facts.SOON, f.memory().withDropped(Optional.of(lock.lease())).withRaced(false)
                .withNoRaceUntil(f.now().plus(NO_RACE)), new Effect.ReleaseLeaderLock(Optional.empty()));
    }

    /** The names come into effect and the key is written before anything can be acknowledged. */
    private static Optional<Decision> prepare(Facts f, Optional<SyncState> key) {
        StandbyNames names = f.postgres().standbyNames();
        List<Effect> effects = new ArrayList<>();
        if (!f.settings().sync().isOn()) {
            keepNamesReady(f, effects);
        } else {
            String wanted = names(f, key).text();
            if (!names.managed() || !names.isSettled() || !names.text().equals(wanted)) {
                effects.add(new Effect.SetStandbyNames(wanted));
            }
        }
        effects.addAll(keyOfPromotion(f));
        return effects.isEmpty() ? Optional.empty() : Optional.of(new Decision(Rule.PREPARE_PROMOTION,
                "preparing synchronous replication before the promotion", effects, f.memory(), PREPARING));
    }

    /** Has a member that does not write know already what its commits would wait for, so that a promotion need not wait. */
    static void keepNamesReady(Facts f, List<Effect> effects) {
        if (f.view().isEmpty()) {
            return;
        }
        StandbyNames names = f.postgres().standbyNames();
        if (!f.settings().sync().isOn()) {
            if (names.managed()) {
                effects.add(new Effect.ReleaseStandbyNames());
            }
            return;
        }
        String wanted = names(f, f.view().get().sync()).text();
        if (!names.managed() || !names.configured().equals(wanted)) {
            effects.add(new Effect.SetStandbyNames(wanted));
        }
    }

    /**
     * The lock for the successor of a primary that stopped cleanly, which has everything and needs no votes but its own.
     * In quorum mode it leads by the key from the same moment on, and its commits wait for what they waited for before.
     */
    static List<Effect> toSuccessor(Facts f, MemberName successor, ClusterStatus last) {
        Optional<SyncState> mine = key(f).filter(k -> k.leader().equals(Optional.of(f.me())));
        if (f.settings().sync().mode() == SyncSettings.Mode.QUORUM) {
            return List.of(new Effect.HandOverLeaderLock(successor, last, mine.map(k ->
                    new Effect.WriteSync(ledBy(successor, k).state(), k.modified()))));
        }
        SyncStep.Key key = new SyncStep.Key(f.me(), 0, Set.of(successor));
        List<Effect> effects = new ArrayList<>();
        mine.filter(k -> !key.isIn(Optional.of(k))).ifPresent(k -> effects.add(new Effect.WriteSync(key.state(), k.modified())));
        effects.add(new Effect.HandOverLeaderLock(successor, last));
        return effects;
    }

    /** Why a switchover to the wanted member would not be safe. */
    static Optional<Note> mismatch(Facts f, FailoverRequest request) {
        return key(f).filter(key -> request.isSwitchover() && request.candidate().isPresent()
                && !key.standbys().contains(request.candidate().get()))
                .map(key -> Note.warning("Switchover candidate=" + request.candidate().get()
                        + " does not match with sync_standbys=" + String.join(",", new TreeSet<>(key.standbys()).stream()
                        .map(MemberName::value).toList())));
    }

    /** What commits have to wait for when a stopped primary is started in place; empty when that is set already. */
    static Optional<Effect> beforeStart(Facts f) {
        Optional<SyncState> key = f.view().isPresent() ? f.view().get().sync() : f.memory().sync().known();
        if (!f.settings().sync().isOn() || key.isEmpty()
                || StandbyRule.parse(f.postgres().standbyNames().configured()).keeps(key.get(), f.me())) {
            return Optional.empty();
        }
        return Optional.of(new Effect.SetStandbyNames(names(f, key).text()));
    }
}
