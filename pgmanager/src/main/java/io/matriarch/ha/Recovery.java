package io.matriarch.ha;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.PostgresState;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The holder of the lock has no PostgreSQL that accepts writes: bring it back, or let another member have the lock. */
final class Recovery {

    /** How long this member leaves the race to others after it gave the lock up. */
    private static final Duration NO_RACE = Duration.ofSeconds(5);
    /** How long a start may take when nobody has said, and a member with every commit stands ready. */
    private static final Duration UNSAID = Duration.ofSeconds(5);

    private Recovery() {
    }

    /** PostgreSQL does not run. */
    static Decision startAgain(Facts f) {
        // a primary that the sync key does not name first has to be elected, and is promoted like any other
        boolean wasPrimary = f.postgres().role() != PostgresRole.REPLICA && Election.isLeader(f);
        boolean tryOthers = f.settings().primaryStartTimeout().isZero() || f.memory().backoff().failures() > 0
                || trouble(f).compareTo(f.settings().primaryStartTimeout()) > 0;
        if (!f.memory().backoff().isOver(f.now())) {
            return f.decide(Rule.START_BACKOFF, "failed to start postgres", Facts.SOON);
        }
        if (tryOthers) {
            String reason = f.memory().backoff().failures() > 0
                    ? "removed leader key after trying and failing to start postgres"
                    : "stopped PostgreSQL to fail over after a crash";
            Optional<Decision> released = giveUp(f, Rule.GIVE_UP_START, reason);
            if (released.isPresent()) {
                return released.get();
            }
        }
        Facts used = f.with(m -> m.withAsked(Optional.empty()));
        if (!wasPrimary) {
            return used.decide(Rule.START_READONLY, "starting as readonly because i had the session lock",
                    Facts.CALM, new Effect.DisarmGuard(), new Effect.Begin(new Operation.StartReplica(Optional.empty(),
                            f.settings().pgCtlTimeout())));
        }
        return startPrimary(used, Rule.START_PRIMARY, "starting primary after failure");
    }

    static Decision startPrimary(Facts f, Rule rule, String reason, Effect... more) {
        LeaderLock lock = f.seen().lock().lock().orElseThrow();
        Duration limit = f.settings().primaryStartTimeout();
        List<Effect> effects = new ArrayList<>();
        Election.beforeStart(f).ifPresent(effects::add);
        effects.add(new Effect.ArmGuard(lock.lease(), lock.epoch()));
        effects.add(new Effect.Begin(new Operation.StartPrimary(limit.isZero() ? f.settings().pgCtlTimeout() : limit)));
        effects.addAll(List.of(more));
        return new Decision(rule, reason, effects, f.memory(), Facts.CALM);
    }

    /** PostgreSQL runs and does not answer: it starts, or it is frozen. */
    static Decision notWritable(Facts f) {
        boolean starting = f.postgres().state() == PostgresState.STARTING;
        Duration limit = starting ? f.settings().primaryStartTimeout() : f.settings().retryTimeout();
        Duration trouble = trouble(f);
        Optional<Decision> overtaken = starting ? overtaken(f) : Optional.empty();
        if (overtaken.isPresent()) {
            return overtaken.get();
        }
        if (trouble.compareTo(limit) < 0) {
            return starting ? f.decide(Rule.PRIMARY_STARTS, "PostgreSQL is still starting up, "
                    + limit.minus(trouble).toSeconds() + " seconds until timeout", Facts.CALM)
                    : f.decide(Rule.PRIMARY_SILENT, "PostgreSQL does not answer", Facts.CALM);
        }
        Rule rule = starting ? Rule.GIVE_UP_START : Rule.FROZEN_PRIMARY;
        String reason = starting ? "stopped PostgreSQL because of startup timeout"
                : "demoted self because PostgreSQL does not answer";
        return giveUp(f, rule, reason).orElseGet(() -> f.decide(Rule.NOBODY_ELSE,
                "primary start has timed out, but continuing to wait because failover is not possible", Facts.CALM,
                f.memory().withAsked(Optional.empty())));
    }

    /**
     * A start that takes long is given up when members with every acknowledged commit stand ready, so many that they can
     * elect one of them. Where {@code primary_start_timeout} is set, that alone rules, as it is set now and not when the
     * start began.
     */
    static Optional<Decision> overtaken(Facts f) {
        Map<String, Object> config = f.memory().upkeep().config();
        boolean said = config.containsKey("primary_start_timeout") || config.containsKey("master_start_timeout");
        Optional<SyncState> sync = f.view().flatMap(ClusterView::sync).filter(s -> s.leader().equals(Optional.of(f.me())));
        if (said) {
            Duration limit = f.settings().primaryStartTimeout();
            return f.holds() && !limit.isZero() && trouble(f).compareTo(limit) >= 0
                    ? giveUp(f, Rule.GIVE_UP_START, "stopped PostgreSQL because of startup timeout") : Optional.empty();
        }
        if (sync.isEmpty() || !f.holds() || trouble(f).compareTo(UNSAID) < 0) {
            return Optional.empty();
        }
        return giveUp(f, Rule.GIVE_UP_START, "stopped PostgreSQL because of startup timeout", ready ->
                ready.stream().filter(sync.get().standbys()::contains).count() > sync.get().quorum());
    }

    /** Asks whether another member can take over and, if so, gives it the lock; empty when nobody can. */
    static Optional<Decision> giveUp(Facts f, Rule rule, String reason) {
        return giveUp(f, rule, reason, ready -> !ready.isEmpty());
    }

    private static Optional<Decision> giveUp(Facts f, Rule rule, String reason, Predicate<List<MemberName>> enough) {
        if (f.view().isEmpty()) {
            return Optional.empty();
        }
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.GIVE_UP);
        if (answers.isEmpty()) {
            return Optional.of(f.ask(Rule.GIVE_UP_ASKS, "asking whether another member can take over",
                    Purpose.GIVE_UP, Optional.empty()));
        }
        List<Note> notes = new ArrayList<>();
        if (!enough.test(Candidates.of(f, Optional.empty(), Optional.empty(), answers.get(), notes))) {
            return Optional.empty();
        }
        HaMemory memory = f.memory().withAsked(Optional.empty()).withNoRaceUntil(f.now().plus(NO_RACE))
                .withDropped(f.seen().lock().lock().map(LeaderLock::lease)).withBackoff(HaMemory.Backoff.NONE);
        List<Effect> effects = new ArrayList<>(List.of(new Effect.Fence()));
        f.running().ifPresent(task -> effects.add(new Effect.CancelOperation()));
        effects.add(new Effect.ReleaseLeaderLock(Optional.empty()));
        return Optional.of(new Decision(rule, reason, effects, memory, Facts.SOON, notes));
    }

    private static Duration trouble(Facts f) {
        return f.memory().troubleSince().map(since -> f.now().since(since)).orElse(Duration.ZERO);
    }
}
