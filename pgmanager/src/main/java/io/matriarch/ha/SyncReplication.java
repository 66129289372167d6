package io.matriarch.ha;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.Decision.Note;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a primary does for synchronous replication: one safe step at a time between the sync key, which says who may be
 * promoted, and {@code synchronous_standby_names}, which says whom commits wait for. A step is decided only from what is
 * seen to be in effect, so that whatever becomes of it, the key never promises more than the commits keep.
 */
final class SyncReplication {

    /** How long the processes of a server may take to a reload. */
    static final Duration SETTLE = Duration.ofSeconds(1);
    /** How long replicas may take to come back to a primary that has just begun to write. */
    private static final Duration RECONNECT = Duration.ofSeconds(3);

    private SyncReplication() {
    }

    /** What is due. Without effects there is something to wait for. */
    record Move(List<Effect> effects, HaMemory memory, List<Note> notes, Duration next) {

        static Move waiting(Facts f) {
            return new Move(List.of(), f.memory(), List.of(), Facts.SOON);
        }
    }

    /** The next step of a running primary that holds the lock; empty when all is as it should be. */
    static Optional<Move> next(Facts f) {
        if (f.view().isEmpty() || f.seen().lock().lock().isEmpty()) {
            return Optional.empty();
        }
        if (f.memory().sync().unsure() && f.settings().sync().isOn()) {
            return Optional.of(confirm(f));
        }
        return f.settings().sync().isOn() ? on(f) : off(f);
    }

    /**
     * A write whose outcome is not known may come into effect late, and then promise more than the commits keep meanwhile.
     * Writing the key as it is gives it another revision: what was under way before finds it changed and has no effect.
     */
    private static Move confirm(Facts f) {
        Optional<SyncState> key = f.view().orElseThrow().sync();
        SyncState same = key.orElse(new SyncState(Optional.of(f.me()), 0, Set.of(), Revision.ABSENT));
        return new Move(List.of(new Effect.WriteSync(same, key.map(SyncState::modified).orElse(Revision.ABSENT))),
                f.memory().withSync(f.memory().sync().withUnsure(false)), List.of(), Facts.SOON);
    }

    private static Optional<Move> off(Facts f) {
        Optional<SyncState> key = f.view().orElseThrow().sync();
        if (key.isPresent()) {
            return Optional.of(new Move(List.of(arm(f), new Effect.DeleteSync(key.get().modified())), unprotected(f),
                    List.of(Note.info("Disabled synchronous replication")), Facts.SOON));
        }
        return f.postgres().standbyNames().managed() ? Optional.of(new Move(List.of(new Effect.ReleaseStandbyNames()),
                f.memory(), List.of(), Facts.CALM)) : Optional.empty();
    }

    private static Optional<Move> on(Facts f) {
        StandbyNames names = f.postgres().standbyNames();
        if (!names.managed()) {
            return Optional.of(set(f, names.text(), List.of()));
        }
        if (!names.isSettled()) {
            return Optional.of(set(f, names.configured(), List.of()));
        }
        SyncMemory sync = f.memory().sync();
        Duration age = sync.since().map(since -> f.now().since(since)).orElse(Duration.ZERO);
        if (!names.text().isEmpty() && age.compareTo(SETTLE) < 0) {
            return Optional.of(Move.waiting(f));
        }
        List<MemberName> candidates = SyncCandidates.of(f);
        StandbyRule rule = StandbyRule.parse(names.text());
        boolean comingBack = !rule.members().isEmpty() && candidates.stream().noneMatch(rule.members()::contains)
                && age.compareTo(RECONNECT) < 0;
        if (comingBack) {
            return Optional.of(Move.waiting(f));
        }
        if (f.settings().sync().strict() && candidates.isEmpty() && hasKey(f)) {
            return strict(f, names);
        }
        Facts relaxed = f.with(m -> m.withSync(m.sync().withWarned(false)));
        Optional<SyncStep> step = f.settings().sync().mode() == SyncSettings.Mode.QUORUM
                ? quorum(relaxed, rule, candidates) : priority(relaxed, rule, candidates);
        return step.map(s -> move(relaxed, s, names)).or(() -> relaxed.memory().equals(f.memory()) ? Optional.empty()
                : Optional.of(new Move(List.of(), relaxed.memory(), List.of(), Facts.CALM)));
    }

    private static boolean hasKey(Facts f) {
        return f.view().orElseThrow().sync().flatMap(SyncState::leader).filter(f.me()::equals).isPresent();
    }

    /** Nobody is there: commits wait, and the key stays as it is. */
    private static Optional<Move> strict(Facts f, StandbyNames names) {
        String wanted = Election.names(f, f.view().orElseThrow().sync()).text();
        List<Note> notes = f.memory().sync().warned() ? List.of() : List.of(Note.warning(
                "No active replication connections from Patroni members and synchronous_mode_strict is requested. "
                + (names.text().isEmpty() ? "" : "Continue using old value of synchronous_standby_names=\"" + names.text()
                + "\". ") + "Commits will be delayed."));
        Facts warned = f.with(m -> m.withSync(m.sync().withWarned(true)));
        return Optional.of(wanted.equals(names.text()) ? new Move(List.of(), warned.memory(), notes, Facts.CALM)
                : set(warned, wanted, notes));
    }

    private static Optional<SyncStep> priority(Facts f, StandbyRule rule, List<MemberName> candidates) {
        Set<MemberName> picked = new TreeSet<>(candidates.subList(0,
                Math.min(f.settings().sync().nodeCount(), candidates.size())));
        Set<MemberName> confirmed = new TreeSet<>(f.memory().sync().ready());
        confirmed.retainAll(picked);
        confirmed.removeIf(name -> !SyncCandidates.connected(f).get(name).syncState().equals("sync"));
        return PrioritySteps.next(f.me(), f.view().orElseThrow().sync(), rule, picked, confirmed);
    }

    private static Optional<SyncStep> quorum(Facts f, StandbyRule rule, List<MemberName> candidates) {
        if (!hasKey(f)) {
            return Optional.of(new SyncStep.Key(f.me(), 0, Set.of()));
        }
        SyncState sync = f.view().orElseThrow().sync().orElseThrow();
        int wanted = f.settings().sync().nodeCount();
        Set<MemberName> active = new TreeSet<>();
        for (MemberName name : candidates) {
            boolean mayLead = f.member(name).filter(member -> !member.record().nofailover()).isPresent();
            if (mayLead || active.size() < wanted) {
                active.add(name);
            }
        }
        Set<MemberName> confirmed = new TreeSet<>(f.memory().sync().ready());
        confirmed.retainAll(active);
        List<SyncStep> steps = QuorumSteps.of(new SyncStep.Key(f.me(), sync.quorum(), sync.standbys()), rule,
                new QuorumSteps.Replicas(f.me(), confirmed.size(), active, wanted));
        if (steps.isEmpty() && !rule.any() && !rule.members().isEmpty()) {
            return Optional.of(new SyncStep.Names(StandbyRule.any(rule.number(), rule.names())));
        }
        return steps.stream().findFirst();
    }

    private static Move move(Facts f, SyncStep step, StandbyNames names) {
        if (step instanceof SyncStep.Names change) {
            String text = change.rule().text();
            return text.equals(names.text()) ? Move.waiting(f) : set(f, text,
                    List.of(Note.info("Assigning synchronous_standby_names to " + (text.isEmpty() ? "None" : text))));
        }
        return step instanceof SyncStep.Key key ? write(f, key) : Move.waiting(f);
    }

    private static Move write(Facts f, SyncStep.Key key) {
        Optional<SyncState> old = f.view().orElseThrow().sync();
        Effect write = new Effect.WriteSync(key.state(), old.map(SyncState::modified).orElse(Revision.ABSENT));
        List<Note> notes = new ArrayList<>();
        if (old.flatMap(SyncState::leader).isEmpty()) {
            notes.add(Note.info("Enabled synchronous replication"));
        } else if (!old.get().leader().get().equals(f.me())) {
            notes.add(Note.warning("Inconsistent state of /sync key detected, leader = " + old.get().leader().get()
                    + " doesn't match " + f.me() + ", updating synchronous replication key"));
        } else if (f.settings().sync().mode() == SyncSettings.Mode.QUORUM) {
            notes.add(Note.info("Setting leader to " + key.leader() + ", quorum to " + key.quorum() + " of ("
                    + String.join(", ", key.voters().stream().map(MemberName::value).toList()) + ")"));
        } else if (old.get().standbys().containsAll(key.voters())) {
            notes.add(Note.info("Updating /sync key temporarily from " + list(old.get().standbys()) + " to "
                    + list(key.voters())));
        } else {
            notes.add(Note.info("Synchronous standby status assigned to " + list(key.voters())));
        }
        boolean endsProtection = key.voters().isEmpty() && f.memory().sync().protects();
        return endsProtection ? new Move(List.of(arm(f), write), unprotected(f), notes, Facts.SOON)
                : new Move(List.of(write), f.memory(), notes, Facts.SOON);
    }

    private static String list(Set<MemberName> names) {
        return "[" + String.join(", ", new TreeSet<>(names).stream().map(name -> "'" + name + "'").toList()) + "]";
    }

    private static Move set(Facts f, String text, List<Note> notes) {
        return new Move(List.of(new Effect.SetStandbyNames(text)), f.memory(), notes, Facts.SOON);
    }

    /** The guard takes an earlier deadline over only when it is armed anew. */
    private static Effect arm(Facts f) {
        LeaderLock lock = f.seen().lock().lock().orElseThrow();
        return new Effect.ArmGuard(lock.lease(), lock.epoch());
    }

    private static HaMemory unprotected(Facts f) {
        return f.memory().withSync(f.memory().sync().withProtects(false));
    }

    /** Takes in what an observation shows of synchronous replication. */
    static SyncMemory remember(Facts f, SyncMemory old) {
        SyncMemory sync = f.view().isPresent() ? old.withKnown(f.view().get().sync()) : old;
        sync = foreign(f, sync);
        PostgresStatus postgres = f.postgres();
        if (!postgres.isRunningPrimary()) {
            boolean silent = postgres.alive() && postgres.mayWrite();
            return silent ? sync : sync.withNames("", Optional.empty(), io.matriarch.cluster.Lsn.ZERO, Set.of())
                    .withProtects(false);
        }
        sync = names(f, sync);
        boolean protects = f.settings().sync().isOn() && sync.known().filter(key ->
                key.leader().equals(Optional.of(f.me())) && !key.standbys().isEmpty()
                && StandbyRule.parse(postgres.standbyNames().text()).keeps(key, f.me())
                && StandbyRule.parse(postgres.standbyNames().configured()).keeps(key, f.me())).isPresent();
        return sync.withProtects(protects);
    }

    private static SyncMemory names(Facts f, SyncMemory sync) {
        StandbyNames names = f.postgres().standbyNames();
        Set<MemberName> members = StandbyRule.parse(names.text()).members();
        if (sync.since().isEmpty() || !sync.names().equals(names.text())) {
            Set<MemberName> ready = new TreeSet<>(sync.ready());
            ready.retainAll(members);
            return sync.withNames(names.text(), Optional.of(f.now()), io.matriarch.cluster.Lsn.ZERO, ready);
        }
        if (!sync.mark().isKnown()) {
            boolean settled = f.now().since(sync.since().get()).compareTo(SETTLE) >= 0;
            return settled ? sync.withNames(sync.names(), sync.since(), f.postgres().flushed(), sync.ready()) : sync;
        }
        Set<MemberName> ready = new TreeSet<>(sync.ready());
        SyncMemory known = sync;
        SyncCandidates.connected(f).forEach((name, row) -> {
            boolean waitedFor = members.contains(name) && Set.of("sync", "quorum").contains(row.syncState());
            if (waitedFor && row.flushed().compareTo(known.mark()) >= 0) {
                ready.add(name);
            }
        });
        return sync.withNames(sync.names(), sync.since(), sync.mark(), ready);
    }

    private static SyncMemory foreign(Facts f, SyncMemory sync) {
        boolean isForeign = f.view().filter(view ->
                view.revision().compareTo(f.postgres().cutEpoch()) < 0).isPresent();
        if (f.view().isEmpty() || isForeign == sync.foreign().isPresent()) {
            return sync;
        }
        return sync.withForeign(isForeign ? Optional.of(f.now()) : Optional.empty());
    }
}
