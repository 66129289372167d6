package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.SyncState;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Nobody holds the lock: whether this member is the one to take it. */
final class LeaderRace {

    /** How long after a cold start a member that answers but does not run yet is waited for. */
    private static final Duration COLD_START = Duration.ofSeconds(3);
    /** How long before the very first lock a member that answers but does not run yet is waited for. */
    private static final Duration FIRST_LOCK = Duration.ofSeconds(30);

    private LeaderRace() {
    }

    static Decision decide(Facts f) {
        ClusterView view = f.view().orElseThrow();
        Optional<Decision> claim = claim(f, view);
        if (claim.isPresent()) {
            return claim.get();
        }
        if (!f.postgres().alive()) {
            return Following.start(f, Optional.empty());
        }
        if (!f.postgres().isRunningReplica()) {
            return f.decide(Rule.STARTING_UNLOCKED, "Still starting up as a standby.", Facts.SOON);
        }
        if (f.settings().nofailover()) {
            return f.decide(Rule.RACE_NOT_ALLOWED,
                    "following a different leader because I am not allowed to promote", Facts.SOON);
        }
        if (f.postgres().guard().trouble().isPresent()) {
            return Facts.noting(f.decide(Rule.RACE_NOT_HEALTHIEST,
                    "following a different leader because i am not the healthiest node", Facts.CALM),
                    List.of(Note.warning(f.postgres().guard().trouble().get())));
        }
        if (f.memory().noRaceUntil().filter(until -> f.now().isBefore(until)).isPresent()) {
            return f.decide(Rule.RACE_BACKOFF, "backoff: skip leader race after releasing the lock voluntarily",
                    Facts.SOON);
        }
        Optional<Decision> failsafe = failsafe(f, view);
        if (failsafe.isPresent()) {
            return failsafe.get();
        }
        if (f.seen().lock().lock().isPresent()) {
            return f.decide(Rule.LOCK_PENDING, "waiting for proof of the leader lock", Facts.SOON);
        }
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.RACE);
        if (answers.isEmpty()) {
            return f.ask(Rule.RACE_ASKS, "asking the other members how far they are", Purpose.RACE,
                    f.memory().formerLeader());
        }
        Facts used = f.with(m -> m.withAsked(Optional.empty()));
        if (f.seen().intent().promise().isPresent() && !haveAllOfFailsafeAnswered(f, view, answers.get())) {
            return used.decide(Rule.FAILSAFE_PROMISED, "waiting for the members of the failsafe mode, one of which may lead"
                    + " without the store", Facts.SOON);
        }
        Optional<MemberName> paused = mayStillBePaused(f, view, answers.get());
        if (paused.isPresent()) {
            return used.decide(Rule.RACE_AWAITS_RESUME, "waiting for (" + paused.get()
                    + "), which led last and may not know that the pause is over", Facts.SOON);
        }
        List<Note> notes = new ArrayList<>();
        Decision decision = mayTake(used, view, answers.get(), notes)
                ? Founding.acquire(used, Rule.ACQUIRE, "trying to acquire the leader lock")
                : used.decide(Rule.RACE_NOT_HEALTHIEST,
                        "following a different leader because i am not the healthiest node", Facts.SOON);
        return Facts.noting(decision, notes);
    }

    /**
     * In a pause no guard ends a primary that has lost its lock. So a former leader whose last word was that it is paused
     * has to be heard first, as long as its word stands; an operator who names a candidate knows better.
     */
    private static Optional<MemberName> mayStillBePaused(Facts f, ClusterView view, Map<MemberName, PeerReport> answers) {
        if (view.failover().filter(LeaderRace::isNamed).isPresent()) {
            return Optional.empty();
        }
        return f.memory().formerLeader().filter(name -> !name.equals(f.me()) && !answers.containsKey(name))
                .filter(name -> view.member(name).filter(member -> member.record().pause()).isPresent());
    }

    /** A member that leads without the store needs the word of everyone on the list, and nobody else may take the lock. */
    private static Optional<Decision> failsafe(Facts f, ClusterView view) {
        Optional<MemberName> leader = f.seen().intent().promise().flatMap(OperatorIntent.Promise::to);
        if (leader.isPresent()) {
            return Optional.of(f.decide(Rule.FAILSAFE_PROMISED, "no action. I am (" + f.me()
                    + "), a secondary, and following a leader (" + leader.get() + ")", Facts.CALM));
        }
        boolean stranger = f.settings().failsafe() && !view.failsafe().isEmpty() && !view.failsafe().containsKey(f.me().value());
        return stranger ? Optional.of(f.decide(Rule.RACE_NOT_ALLOWED,
                "following a different leader because i am not the healthiest node", Facts.CALM)) : Optional.empty();
    }

    private static boolean haveAllOfFailsafeAnswered(Facts f, ClusterView view, Map<MemberName, PeerReport> answers) {
        return view.failsafe().keySet().stream().map(MemberName::new)
                .allMatch(name -> name.equals(f.me()) || answers.containsKey(name));
    }

    /** Data that is here makes the cluster exist: nobody may found another one beside it. */
    private static Optional<Decision> claim(Facts f, ClusterView view) {
        if (f.clusterIdentifier().isPresent() || f.systemIdentifier().isEmpty()) {
            return Optional.empty();
        }
        boolean absent = view.initialize().isEmpty();
        if (absent || f.memory().founder()) {
            return Optional.of(f.decide(Rule.CLAIM_EXISTING_DATA, "writing the system identifier of existing data",
                    Facts.SOON, new Effect.WriteInitialize(f.systemIdentifier().get(), absent)));
        }
        return Optional.of(f.decide(Rule.WAIT_FOR_FOUNDER, "waiting for leader to bootstrap", Facts.CALM));
    }

    private static boolean mayTake(Facts f, ClusterView view, Map<MemberName, PeerReport> answers, List<Note> notes) {
        if (Election.key(f).filter(key -> !Election.mayTry(f, key)).isPresent()) {
            return false;
        }
        if (view.failover().isPresent() && isNamed(view.failover().get())) {
            return maySwitch(f, view.failover().get(), answers, notes);
        }
        return !isTooFarBehind(f, view, notes) && isHealthiest(f, answers, f.memory().formerLeader(), notes);
    }

    private static boolean isNamed(FailoverRequest request) {
        return request.leader().isPresent() || request.candidate().isPresent();
    }

    /** The failover key steers the race: 4.7c of the surface, the side of the members that may win. */
    private static boolean maySwitch(Facts f, FailoverRequest request, Map<MemberName, PeerReport> answers,
                                     List<Note> notes) {
        String action = request.isSwitchover() ? "switchover" : "manual failover";
        if (request.candidate().isPresent()) {
            MemberName candidate = request.candidate().get();
            if (candidate.equals(f.me())) {
                return true;
            }
            PeerReport report = answers.get(candidate);
            if (f.member(candidate).isPresent() && report != null && isFit(report)) {
                notes.add(Note.info(action + ": to " + candidate + ", i am " + f.me()));
                return false;
            }
            notes.add(Note.warning(action + ": member " + candidate + " is "
                    + (report == null ? "not reachable" : "not allowed to promote")));
        }
        if (request.leader().equals(Optional.of(f.me()))) {
            boolean another = answers.entrySet().stream().anyMatch(answer -> isFit(answer.getValue())
                    && !request.candidate().equals(Optional.of(answer.getKey())));
            return !another;
        }
        Map<MemberName, PeerReport> rivals = new TreeMap<>(answers);
        rivals.entrySet().removeIf(answer -> request.leader().equals(Optional.of(answer.getKey()))
                && answer.getValue().role() != PostgresRole.PRIMARY);
        return isHealthiest(f, rivals, request.leader(), notes);
    }

    private static boolean isFit(PeerReport report) {
        return report.running() && report.position().isKnown() && !TagReader.nofailover(report.tags())
                && !report.watchdogFailed();
    }

    private static boolean isTooFarBehind(Facts f, ClusterView view, List<Note> notes) {
        Timeline cluster = view.history().current();
        Timeline mine = f.postgres().timeline();
        Lsn shared = sharedPosition(f.postgres().position(), mine, view.history());
        if (view.status().optime().value() - shared.value() > f.settings().maximumLagOnFailover()) {
            notes.add(Note.info("My wal position exceeds maximum replication lag"));
            return true;
        }
        if (f.settings().checkTimeline() && cluster.isKnown() && mine.compareTo(cluster) < 0) {
            notes.add(Note.info("My timeline " + mine + " is behind last known cluster timeline " + cluster));
            return true;
        }
        return false;
    }

    /** What counts of a position on an older timeline: only the part before the cluster left that timeline. */
    private static Lsn sharedPosition(Lsn position, Timeline timeline, TimelineHistory history) {
        Lsn shared = position;
        for (TimelineHistory.Entry entry : history.entries()) {
            boolean left = timeline.isKnown() && entry.timeline() >= timeline.value();
            if (left && entry.switchpoint().compareTo(shared) < 0) {
                shared = entry.switchpoint();
            }
        }
        return shared;
    }

    private static boolean isHealthiest(Facts f, Map<MemberName, PeerReport> answers, Optional<MemberName> former,
                                        List<Note> notes) {
        Optional<SyncState> key = Election.key(f);
        if (key.isPresent()) {
            return isSafest(f, key.get(), answers, notes);
        }
        boolean best = true;
        for (Map.Entry<MemberName, PeerReport> answer : answers.entrySet()) {
            best &= !losesTo(f, answer.getKey(), answer.getValue(), former, notes);
        }
        return best && !isColdStartOfOthers(f, answers) && !mayOthersHaveMore(f, answers);
    }

    /** The comparison among the members of the sync key. It saves a vain try; the votes after the cut decide. */
    private static boolean isSafest(Facts f, SyncState key, Map<MemberName, PeerReport> answers, List<Note> notes) {
        boolean best = true;
        boolean ahead = false;
        int votes = Election.isNamed(key, f.me()) ? 0 : -1;
        for (Map.Entry<MemberName, PeerReport> answer : answers.entrySet()) {
            MemberName name = answer.getKey();
            PeerReport report = answer.getValue();
            if (!Election.isNamed(key, name)) {
                best &= !isAlivePrimary(name, report, notes);
            } else if (key.leader().equals(Optional.of(name)) && isFit(report) && order(f, report) > 0
                    && !isAlivePrimary(name, report, notes)) {
                notes.add(Note.info("Ignoring the former leader being ahead of us"));
                ahead = true;
            } else if (losesTo(f, name, report, key.leader(), notes)) {
                best = false;
            } else if (isFit(report)) {
                votes++;
            }
        }
        boolean enough = votes >= key.quorum() || !ahead && key.leader().equals(Optional.of(f.me()));
        return best && (enough || f.settings().sync().mode() == SyncSettings.Mode.PRIORITY && key.quorum() == 0);
    }

    private static boolean isAlivePrimary(MemberName name, PeerReport report, List<Note> notes) {
        boolean alive = report.running() && report.role() == PostgresRole.PRIMARY;
        if (alive) {
            notes.add(Note.warning("Primary (" + name + ") is still alive"));
        }
        return alive;
    }

    private static int order(Facts f, PeerReport report) {
        int timelines = report.timeline().compareTo(f.postgres().timeline());
        return timelines != 0 ? timelines : report.position().compareTo(f.postgres().position());
    }

    private static boolean losesTo(Facts f, MemberName name, PeerReport report, Optional<MemberName> former,
                                   List<Note> notes) {
        if (isAlivePrimary(name, report, notes)) {
            return true;
        }
        if (!isFit(report)) {
            return false;
        }
        int order = order(f, report);
        if (order > 0) {
            notes.add(Note.info("Wal position of " + name + " is ahead of my wal position"));
            return true;
        }
        int priority = TagReader.failoverPriority(report.tags());
        if (order == 0 && priority > f.settings().failoverPriority() && !former.equals(Optional.of(name))) {
            notes.add(Note.info(name + " has equally tolerable WAL position and priority " + priority
                    + ", while this node has priority " + f.settings().failoverPriority()));
            return true;
        }
        return false;
    }

    /**
     * Before the very first lock the store knows nothing of a cluster whose data is there already: everyone who has some
     * gets the time to say how far it is, and one that is still starting is waited for.
     */
    private static boolean mayOthersHaveMore(Facts f, Map<MemberName, PeerReport> answers) {
        ClusterView view = f.view().orElseThrow();
        boolean isFirst = f.memory().formerLeader().isEmpty() && !f.memory().founder() && !view.history().present()
                && view.status().equals(ClusterStatus.EMPTY);
        if (!isFirst || f.memory().unlockedSince().isEmpty()) {
            return false;
        }
        Duration unlocked = f.now().since(f.memory().unlockedSince().get());
        boolean starting = answers.values().stream().anyMatch(LeaderRace::isStillStarting);
        return unlocked.compareTo(starting ? FIRST_LOCK : COLD_START) < 0;
    }

    private static boolean isStillStarting(PeerReport report) {
        return !report.running() && report.role() != PostgresRole.UNINITIALIZED && !TagReader.nofailover(report.tags());
    }

    /** After a cold start of all members the ones that are still starting may have more of the log. */
    private static boolean isColdStartOfOthers(Facts f, Map<MemberName, PeerReport> answers) {
        boolean cold = f.memory().formerLeader().isEmpty()
                && f.memory().unlockedSince().filter(t -> f.now().since(t).compareTo(COLD_START) < 0).isPresent();
        return cold && answers.values().stream().anyMatch(LeaderRace::isStillStarting);
    }
}
