package io.matriarch.ha;

import io.matriarch.cluster.FailoverRequest;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.Decision.Note;
import io.matriarch.ha.HaMemory.Asked;
import io.matriarch.ha.HaMemory.Move;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An operator wants the lock to move: the side of the primary that holds it. */
final class Switchover {

    private static final Duration CATCH_UP = Duration.ofSeconds(3);
    private static final Duration POLL = Duration.ofMillis(20);

    private Switchover() {
    }

    /** Looks at the failover key; empty when there is nothing to do about it now. */
    static Optional<Decision> begin(Facts f) {
        Optional<FailoverRequest> request = f.view().flatMap(view -> view.failover())
                .filter(r -> r.leader().isPresent() || r.candidate().isPresent());
        if (request.isEmpty()) {
            return Optional.empty();
        }
        if (request.get().scheduledAt().isPresent()) {
            Optional<Decision> notNow = appointment(f, request.get(), request.get().scheduledAt().get());
            if (notNow.isPresent() || f.paused()) {
                return notNow;
            }
        }
        return Optional.of(validate(f, request.get()));
    }

    private static Optional<Decision> appointment(Facts f, FailoverRequest request, String at) {
        if (f.paused()) {
            return Optional.empty();
        }
        long ahead;
        try {
            OffsetDateTime time = OffsetDateTime.parse(at.replaceFirst("^(\\S+) (\\S+)$", "$1T$2"));
            ahead = Duration.between(f.seen().wall(), time.toInstant()).toMillis();
        } catch (DateTimeParseException e) {
            return Optional.of(clear(f, request, Note.warning("Incorrect value of scheduled_at: " + at)));
        }
        if (ahead > 0) {
            Note note = Note.info("Awaiting switchover at " + at + " (in " + ahead / 1000 + " seconds)");
            Decision duties = Facts.noting(PrimaryDuties.decide(f), List.of(note));
            Duration next = ahead < duties.next().toMillis() ? Duration.ofMillis(ahead) : duties.next();
            return Optional.of(new Decision(duties.rule(), duties.reason(), duties.effects(), duties.memory(), next,
                    duties.notes()));
        }
        long tolerated = f.settings().loopWait().toSeconds() * 3 / 2;
        if (-ahead / 1000 > tolerated) {
            return Optional.of(clear(f, request,
                    Note.warning("Found a stale switchover value, cleaning up: " + at)));
        }
        return Optional.empty();
    }

    private static Decision validate(Facts f, FailoverRequest request) {
        String action = request.isSwitchover() ? "switchover" : "manual failover";
        if (request.leader().isPresent() && !request.leader().get().equals(f.me())) {
            return clear(f, request, Note.warning(action + ": leader name does not match: " + request.leader().get()
                    + " != " + f.me()));
        }
        if (request.candidate().equals(Optional.of(f.me()))) {
            return clear(f, request, Note.warning(action + ": I am already the leader, no need to "
                    + plain(action)));
        }
        if (request.candidate().isEmpty() && f.paused()) {
            return clear(f, request, Note.warning(capital(plain(action))
                    + " is possible only to a specific candidate in a paused state"));
        }
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.SWITCHOVER);
        if (answers.isEmpty()) {
            return f.ask(Rule.SWITCHOVER_ASKS, action + ": asking the other members how far they are",
                    Purpose.SWITCHOVER, Optional.empty());
        }
        List<Note> notes = new ArrayList<>();
        Election.mismatch(f, request).ifPresent(notes::add);
        List<MemberName> candidates = Candidates.of(f, request.candidate(), Optional.empty(), answers.get(), notes);
        if (candidates.isEmpty()) {
            notes.add(Note.warning(action + ": no healthy members found, " + plain(action) + " is not possible"));
            return clear(f, request, notes.toArray(Note[]::new));
        }
        Move move = new Move(candidates.get(0), action, request.modified(), Optional.empty());
        HaMemory memory = f.memory().withAsked(Optional.empty()).withSwitchover(Optional.of(move));
        return Facts.noting(f.decide(Rule.SWITCHOVER_STOPS, action + ": demoting myself", Facts.CALM, memory,
                new Effect.Begin(new Operation.Stop(Operation.StopMode.FAST, true, f.settings().pgCtlTimeout()))),
                notes);
    }

    /** The primary has stopped under the lock: give the lock to a member that has everything, or take it up again. */
    static Decision finish(Facts f) {
        Move move = f.memory().switchover().orElseThrow();
        if (f.postgres().mayWrite()) {
            return f.decide(Rule.SWITCHOVER_FENCES, move.label() + ": ending what the stop left behind", Facts.SOON,
                    new Effect.Fence());
        }
        Optional<Lsn> end = f.shutdownPosition();
        if (end.isEmpty()) {
            return abandon(f, move, List.of());
        }
        Tick deadline = move.deadline().orElse(f.now().plus(CATCH_UP));
        HaMemory waiting = f.memory().withSwitchover(Optional.of(
                new Move(move.candidate(), move.label(), move.requested(), Optional.of(deadline))));
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.CATCH_UP);
        if (answers.isPresent() && reached(answers.get().get(move.candidate()), end.get())) {
            return handOver(f, move, move.candidate(), end.get(), List.of());
        }
        if (f.now().isBefore(deadline)) {
            return f.decide(Rule.SWITCHOVER_CATCHES_UP, move.label() + ": waiting for " + move.candidate()
                    + " to receive the shutdown checkpoint", POLL,
                    waiting.withAsked(Optional.of(new Asked(Purpose.CATCH_UP, f.now()))),
                    new Effect.AskPeers(Set.of(move.candidate()), Set.of(), Facts.PATIENCE));
        }
        return another(new Facts(f.seen(), waiting), move, end.get());
    }

    private static boolean reached(PeerReport report, Lsn end) {
        return report != null && report.running() && report.position().compareTo(end) >= 0
                && !TagReader.nofailover(report.tags());
    }

    private static Decision another(Facts f, Move move, Lsn end) {
        Optional<Map<MemberName, PeerReport>> answers = f.answers(Purpose.SWITCHOVER);
        if (answers.isEmpty()) {
            return f.ask(Rule.SWITCHOVER_ASKS, move.label() + ": looking for another member that has everything",
                    Purpose.SWITCHOVER, Optional.empty());
        }
        List<Note> notes = new ArrayList<>();
        List<MemberName> others = Candidates.of(f, Optional.empty(), Optional.of(end), answers.get(), notes);
        return others.isEmpty() ? abandon(f, move, notes) : handOver(f, move, others.get(0), end, notes);
    }

    private static Decision handOver(Facts f, Move move, MemberName to, Lsn end, List<Note> notes) {
        HaMemory memory = f.memory().withAsked(Optional.empty())
                .withDropped(f.seen().lock().lock().map(LeaderLock::lease));
        Optional<Upstream> upstream = f.settings().nostream() ? Optional.empty() : Upstreams.of(f, to);
        List<Effect> effects = new ArrayList<>(Election.toSuccessor(f, to, f.statusAt(end)));
        effects.add(new Effect.DisarmGuard());
        effects.add(new Effect.Begin(new Operation.StartReplica(upstream, f.settings().pgCtlTimeout())));
        return new Decision(Rule.HAND_OVER, move.label() + ": leader key handed over to " + to, effects, memory,
                Facts.CALM, notes);
    }

    private static Decision abandon(Facts f, Move move, List<Note> notes) {
        Facts settled = f.with(m -> m.withSwitchover(Optional.empty()).withAsked(Optional.empty()));
        return Facts.noting(Recovery.startPrimary(settled, Rule.SWITCHOVER_ABANDONED, move.label()
                + ": no healthy members found, " + plain(move.label()) + " is not possible",
                new Effect.ClearFailover(move.requested())), notes);
    }

    private static Decision clear(Facts f, FailoverRequest request, Note... why) {
        List<Note> notes = new ArrayList<>(List.of(why));
        notes.add(Note.info("Cleaning up failover key"));
        return Facts.noting(f.decide(Rule.SWITCHOVER_CLEARED, "no action. I am (" + f.me()
                + "), the leader with the lock", Facts.SOON, f.memory().withAsked(Optional.empty()),
                new Effect.ClearFailover(request.modified())), notes);
    }

    private static String plain(String action) {
        return action.replace("manual ", "");
    }

    private static String capital(String action) {
        return action.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + action.substring(1);
    }
}
