package io.matriarch.ha;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.HaMemory.Asked;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** An observation with what follows from it, and with the memory as this observation leaves it. */
record Facts(Observation seen, HaMemory memory) {

    static final Duration SOON = Duration.ofMillis(100);
    static final Duration CALM = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofMillis(300);
    private static final Duration FOREIGN = Duration.ofSeconds(10);
    private static final Duration LENIENT = Duration.ofSeconds(10);
    private static final Duration ANSWERS_KEEP = Duration.ofSeconds(3);

    Tick now() {
        return seen.now();
    }

    HaSettings settings() {
        return seen.settings();
    }

    MemberName me() {
        return seen.settings().me();
    }

    PostgresStatus postgres() {
        return seen.postgres();
    }

    Optional<ClusterView> view() {
        return seen.cluster();
    }

    boolean paused() {
        return memory.paused();
    }

    /** Whether the right to be primary is proven at this moment and the view does not say that it was lost. */
    boolean holds() {
        return seen.lock().isValidAt(now()) && !isHoldContradicted();
    }

    /** Whether a view newer than the lock shows another lock, or none. */
    boolean isHoldContradicted() {
        if (seen.lock().lock().isEmpty() || view().isEmpty()) {
            return false;
        }
        LeaderLock mine = seen.lock().lock().get();
        ClusterView view = view().get();
        return view.revision().compareTo(mine.epoch()) >= 0
                && !view.leader().map(LeaderLock::lease).equals(Optional.of(mine.lease()));
    }

    Optional<LeaderLock> leader() {
        return view().flatMap(ClusterView::leader);
    }

    /** The holder of the leader key when it is another member. */
    Optional<MemberName> otherLeader() {
        return leader().map(LeaderLock::holder).filter(name -> !name.equals(me()));
    }

    /** The lock that bears this member's name in the store although this agent does not renew it. */
    Optional<LeaderLock> ownLockToAdopt() {
        if (seen.lock().lock().isPresent()) {
            return Optional.empty();
        }
        return leader().filter(lock -> lock.holder().equals(me()))
                .filter(lock -> !memory.dropped().equals(Optional.of(lock.lease())))
                .filter(lock -> !memory.adopted().equals(Optional.of(lock.lease())));
    }

    /**
     * Whether this member was cut from the holder of a lock. Epochs of another store than the one that answers now mean
     * nothing.
     */
    boolean isCutFrom(Optional<LeaderLock> lock) {
        boolean isForeign = memory.sync().foreign().filter(t -> now().since(t).compareTo(FOREIGN) >= 0).isPresent();
        return lock.filter(l -> l.epoch().compareTo(postgres().cutEpoch()) < 0).isPresent() && !isForeign;
    }

    /** How long PostgreSQL may live after the last proof of its lock was sent, where every commit is safe with others. */
    Optional<Duration> lenience() {
        // an agent that has just come back and not read the store yet finds what its predecessor made commits wait for
        boolean storeUnseen = memory.formerLeader().isEmpty() && memory.unlockedSince().isEmpty();
        boolean found = storeUnseen && postgres().isRunningPrimary() && postgres().standbyNames().managed()
                && !StandbyRule.parse(postgres().standbyNames().text()).members().isEmpty();
        boolean safe = found || memory.sync().protects() && settings().sync().isOn();
        return safe ? Optional.of(settings().ttl().compareTo(LENIENT) < 0 ? settings().ttl() : LENIENT) : Optional.empty();
    }

    Optional<LongTaskStatus> running() {
        return seen.task().filter(LongTaskStatus::isRunning);
    }

    Optional<LongTaskStatus> ended() {
        return seen.task().filter(task -> !task.isRunning());
    }

    boolean ended(Class<? extends Operation> kind) {
        return ended().filter(task -> kind.isInstance(task.operation())).isPresent();
    }

    boolean failed(Class<? extends Operation> kind) {
        return ended(kind) && !ended().get().succeeded();
    }

    /** Whether an operation is under way whose end is a PostgreSQL that accepts writes. */
    boolean isBecomingPrimary() {
        return running().filter(task -> task.operation() instanceof Operation.Promote
                || task.operation() instanceof Operation.StartPrimary).isPresent();
    }

    boolean hasData() {
        return postgres().dataDirectory() == PostgresStatus.DataDirectory.PRESENT;
    }

    Optional<String> systemIdentifier() {
        return postgres().systemIdentifier();
    }

    /** The system identifier the store has; empty when the key is absent or not filled in yet. */
    Optional<String> clusterIdentifier() {
        return view().flatMap(ClusterView::initialize).filter(Facts::isIdentifier);
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    Optional<Member> member(MemberName name) {
        return view().flatMap(view -> view.member(name));
    }

    /** The answers to the question that was put for this purpose; empty when it has to be asked first. */
    Optional<Map<MemberName, PeerReport>> answers(Purpose purpose) {
        if (memory.asked().isEmpty() || memory.asked().get().purpose() != purpose) {
            return Optional.empty();
        }
        Tick asked = memory.asked().get().at();
        if (now().since(asked).compareTo(ANSWERS_KEEP) > 0) {
            return Optional.empty();
        }
        Map<MemberName, PeerReport> fresh = new TreeMap<>();
        seen.peers().forEach((name, report) -> {
            if (!report.receivedAt().isBefore(asked)) {
                fresh.put(name, report);
            }
        });
        return Optional.of(fresh);
    }

    /** Puts a question to every other member; {@code welcome} is not waited for long. */
    Decision ask(Rule rule, String reason, Purpose purpose, Optional<MemberName> welcome) {
        Set<MemberName> needed = new LinkedHashSet<>();
        view().ifPresent(view -> view.members().forEach((name, member) -> {
            if (!name.equals(me()) && member.record().apiUrl().isPresent()) {
                needed.add(name);
            }
        }));
        Set<MemberName> alsoWelcome = new LinkedHashSet<>();
        welcome.filter(needed::remove).ifPresent(alsoWelcome::add);
        return decide(rule, reason, SOON, memory.withAsked(Optional.of(new Asked(purpose, now()))),
                new Effect.AskPeers(needed, alsoWelcome, PATIENCE));
    }

    /** The final status that goes with the lock when it is given up: how far the log is. */
    ClusterStatus statusAt(Lsn position) {
        ClusterStatus known = view().map(ClusterView::status).orElse(ClusterStatus.EMPTY);
        return new ClusterStatus(position, known.slots(), known.retainSlots());
    }

    /** The position of a clean shutdown; empty when PostgreSQL runs or did not shut down cleanly as a primary. */
    Optional<Lsn> shutdownPosition() {
        return postgres().control().filter(control -> control.clusterState().equals("shut down"))
                .map(ControlData::checkpoint);
    }

    Facts with(Function<HaMemory, HaMemory> change) {
        return new Facts(seen, change.apply(memory));
    }

    Decision decide(Rule rule, String reason, Duration next, HaMemory newMemory, Effect... effects) {
        return new Decision(rule, reason, List.of(effects), newMemory, next);
    }

    Decision decide(Rule rule, String reason, Duration next, Effect... effects) {
        return decide(rule, reason, next, memory, effects);
    }

    static Decision noting(Decision decision, List<Note> notes) {
        List<Note> all = new ArrayList<>(decision.notes());
        all.addAll(notes);
        return new Decision(decision.rule(), decision.reason(), decision.effects(), decision.memory(),
                decision.next(), all);
    }
}
