package io.matriarch.ha;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a decision leaves for the next one. It notes what was tried, never that it worked: success is observed.
 *
 * @param started       whether a decision was made before
 * @param graceUntil    until when a running primary without a lock may live: the agent has just come back to it
 * @param paused        whether the cluster was paused when the store was last seen
 * @param claimed       this agent tried to claim the foundation
 * @param founder       this agent ran a bootstrap to its end
 * @param founding      a bootstrapped primary has yet to take its first lock
 * @param formerLeader  who held the lock last, as far as this agent saw
 * @param asked         the question to other members whose answers the next decision uses
 * @param backoff       when the last kind of start that failed may be tried again
 * @param noRaceUntil   this agent gave the lock up so that another may have it
 * @param dropped       a lock given up or lost; not adopted again
 * @param adopted       a lock this agent began to renew because the store said it is its own
 * @param raced         an acquisition was tried and its end not seen yet
 * @param switchover    a planned move of the lock that is under way
 * @param troubleSince  since when the primary under the lock does not accept writes
 * @param shutdownSince since when this agent is going down
 * @param unlockedSince since when nobody has been seen to hold the lock
 * @param sync          what synchronous replication has to remember
 * @param upkeep        the small things
 */
public record HaMemory(boolean started, Optional<Tick> graceUntil, boolean paused, boolean claimed, boolean founder,
                       boolean founding, Optional<MemberName> formerLeader, Optional<Asked> asked, Backoff backoff,
                       Optional<Tick> noRaceUntil, Optional<LeaseId> dropped, Optional<LeaseId> adopted,
                       boolean raced, Optional<Move> switchover, Optional<Tick> troubleSince,
                       Optional<Tick> shutdownSince, Optional<Tick> unlockedSince, SyncMemory sync, Upkeep upkeep) {

    public static final HaMemory EMPTY = new HaMemory(false, Optional.empty(), false, false, false, false,
            Optional.empty(), Optional.empty(), Backoff.NONE, Optional.empty(), Optional.empty(), Optional.empty(), false,
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), SyncMemory.NONE, Upkeep.NONE);

    /** The memory after a round whose last effects were not performed: what they were to do is due again. */
    public HaMemory interrupted(List<Effect> undone) {
        Upkeep left = upkeep;
        for (Effect effect : undone) {
            if (effect instanceof Effect.ApplySettings) {
                left = left.withConfigApplied(Revision.ABSENT);
            } else if (effect instanceof Effect.WriteStatus) {
                left = new Upkeep(Optional.empty(), Lsn.ZERO, left.configApplied(), left.config(), left.historyAt(),
                        left.notStreamingSince(), left.nudgedAt(), left.refollowAt(), left.restartTried(),
                        left.reinitializeTried());
            } else if (effect instanceof Effect.Begin begin && begin.operation() instanceof Operation.Restart) {
                left = left.withRestartTried(0);
            } else if (effect instanceof Effect.Begin begin && begin.operation() instanceof Operation.Reinitialize) {
                left = left.withReinitializeTried(0);
            }
        }
        boolean unclaimed = undone.stream().anyMatch(effect -> effect instanceof Effect.ClaimInitialize);
        boolean stillUp = undone.stream().anyMatch(effect -> effect instanceof Effect.Begin begin
                && begin.operation() instanceof Operation.Stop);
        boolean unadopted = undone.stream().anyMatch(effect -> effect instanceof Effect.AdoptLeaderLock);
        HaMemory memory = withUpkeep(left).withClaimed(claimed && !unclaimed)
                .withAdopted(unadopted ? Optional.empty() : adopted);
        if (isRefusedByGuard(undone)) { // as good as a start that failed, so that another member gets its chance
            memory = memory.withBackoff(new Backoff(backoff.failures() + 1, backoff.until()));
        }
        boolean keyUnsure = undone.stream().anyMatch(e -> e instanceof Effect.WriteSync || e instanceof Effect.DeleteSync);
        if (keyUnsure) {
            memory = memory.withSync(memory.sync().withUnsure(true));
        }
        return stillUp ? memory.withSwitchover(Optional.empty()) : memory;
    }

    private static boolean isRefusedByGuard(List<Effect> undone) {
        return !undone.isEmpty() && undone.get(0) instanceof Effect.ArmGuard && undone.stream().anyMatch(effect ->
                effect instanceof Effect.Begin begin && (begin.operation() instanceof Operation.Promote
                        || begin.operation() instanceof Operation.StartPrimary));
    }

    HaMemory withStarted() {
        return change(d -> d.started = true);
    }

    HaMemory withGraceUntil(Optional<Tick> until) {
        return change(d -> d.graceUntil = until);
    }

    HaMemory withPaused(boolean isPaused) {
        return change(d -> d.paused = isPaused);
    }

    HaMemory withClaimed(boolean hasClaimed) {
        return change(d -> d.claimed = hasClaimed);
    }

    HaMemory withFounding(boolean isFounder, boolean isFounding) {
        return change(d -> {
            d.founder = isFounder;
            d.founding = isFounding;
        });
    }

    HaMemory withFormerLeader(MemberName leader) {
        return change(d -> d.formerLeader = Optional.of(leader));
    }

    HaMemory withAsked(Optional<Asked> question) {
        return change(d -> d.asked = question);
    }

    HaMemory withBackoff(Backoff newBackoff) {
        return change(d -> d.backoff = newBackoff);
    }

    HaMemory withNoRaceUntil(Tick until) {
        return change(d -> d.noRaceUntil = Optional.of(until));
    }

    /** Without a lease nothing changes: there was no lock to drop. */
    HaMemory withDropped(Optional<LeaseId> lease) {
        return change(d -> d.dropped = lease.or(() -> dropped));
    }

    HaMemory withAdopted(Optional<LeaseId> lease) {
        return change(d -> d.adopted = lease);
    }

    HaMemory withRaced(boolean hasRaced) {
        return change(d -> d.raced = hasRaced);
    }

    HaMemory withSwitchover(Optional<Move> move) {
        return change(d -> d.switchover = move);
    }

    HaMemory withTroubleSince(Optional<Tick> since) {
        return change(d -> d.troubleSince = since);
    }

    HaMemory withShutdownSince(Tick since) {
        return change(d -> d.shutdownSince = Optional.of(since));
    }

    HaMemory withUnlockedSince(Optional<Tick> since) {
        return change(d -> d.unlockedSince = since);
    }

    HaMemory withSync(SyncMemory newSync) {
        return change(d -> d.sync = newSync);
    }

    HaMemory withUpkeep(Upkeep newUpkeep) {
        return change(d -> d.upkeep = newUpkeep);
    }

    private HaMemory change(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /** A memory while one part of it is exchanged. */
    private static final class Draft {

        private boolean started;
        private Optional<Tick> graceUntil;
        private boolean paused;
        private boolean claimed;
        private boolean founder;
        private boolean founding;
        private Optional<MemberName> formerLeader;
        private Optional<Asked> asked;
        private Backoff backoff;
        private Optional<Tick> noRaceUntil;
        private Optional<LeaseId> dropped;
        private Optional<LeaseId> adopted;
        private boolean raced;
        private Optional<Move> switchover;
        private Optional<Tick> troubleSince;
        private Optional<Tick> shutdownSince;
        private Optional<Tick> unlockedSince;
        private SyncMemory sync;
        private Upkeep upkeep;

        Draft(HaMemory m) {
            started = m.started;
            graceUntil = m.graceUntil;
            paused = m.paused;
            claimed = m.claimed;
            founder = m.founder;
            founding = m.founding;
            formerLeader = m.formerLeader;
            asked = m.asked;
            backoff = m.backoff;
            noRaceUntil = m.noRaceUntil;
            dropped = m.dropped;
            adopted = m.adopted;
            raced = m.raced;
            switchover = m.switchover;
            troubleSince = m.troubleSince;
            shutdownSince = m.shutdownSince;
            unlockedSince = m.unlockedSince;
            sync = m.sync;
            upkeep = m.upkeep;
        }

        HaMemory done() {
            return new HaMemory(started, graceUntil, paused, claimed, founder, founding, formerLeader, asked, backoff,
                    noRaceUntil, dropped, adopted, raced, switchover, troubleSince, shutdownSince, unlockedSince,
                    sync, upkeep);
        }
    }

    /** What the answers of other members are wanted for. */
    public enum Purpose { ADOPTION, RACE, SWITCHOVER, CATCH_UP, GIVE_UP }

    /** A question put to other members at {@code at}; answers received later count. */
    public record Asked(Purpose purpose, Tick at) {
    }

    /**
     * @param failures in a row
     * @param until    no further try before this moment
     */
    public record Backoff(int failures, Optional<Tick> until) {

        public static final Backoff NONE = new Backoff(0, Optional.empty());

        boolean isOver(Tick now) {
            return until.isEmpty() || !now.isBefore(until.get());
        }
    }

    /**
     * A switchover or manual failover whose primary is being stopped or has stopped.
     *
     * @param label      {@code switchover} or {@code manual failover}
     * @param requested  revision of the failover key that asked for it
     * @param deadline   until when the candidate may catch up; set once the primary has stopped
     */
    public record Move(MemberName candidate, String label, Revision requested, Optional<Tick> deadline) {
    }

    /**
     * @param statusAt          when the status key was last written
     * @param statusWritten     the position written then
     * @param configApplied     revision of the config key whose settings PostgreSQL was given
     * @param config            the last value of the config key that was seen
     * @param historyAt         when the history key was last written
     * @param notStreamingSince since when a replica that should stream does not
     * @param nudgedAt          when its startup process was last nudged
     * @param refollowAt        when its upstream was last checked anew
     * @param restartTried      the operator's restart that was begun last
     * @param reinitializeTried the operator's reinitialization that was begun last
     */
    public record Upkeep(Optional<Tick> statusAt, Lsn statusWritten, Revision configApplied,
                         Map<String, Object> config, Optional<Tick> historyAt, Optional<Tick> notStreamingSince,
                         Optional<Tick> nudgedAt, Optional<Tick> refollowAt, long restartTried,
                         long reinitializeTried) {

        public static final Upkeep NONE = new Upkeep(Optional.empty(), Lsn.ZERO, Revision.ABSENT, Map.of(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, 0);

        Upkeep withStatus(Tick at, Lsn written) {
            return new Upkeep(Optional.of(at), written, configApplied, config, historyAt, notStreamingSince, nudgedAt,
                    refollowAt, restartTried, reinitializeTried);
        }

        Upkeep withConfigApplied(Revision revision) {
            return new Upkeep(statusAt, statusWritten, revision, config, historyAt, notStreamingSince, nudgedAt,
                    refollowAt, restartTried, reinitializeTried);
        }

        Upkeep withConfig(Map<String, Object> document) {
            return new Upkeep(statusAt, statusWritten, configApplied, document, historyAt, notStreamingSince,
                    nudgedAt, refollowAt, restartTried, reinitializeTried);
        }

        Upkeep withHistoryAt(Tick at) {
            return new Upkeep(statusAt, statusWritten, configApplied, config, Optional.of(at), notStreamingSince,
                    nudgedAt, refollowAt, restartTried, reinitializeTried);
        }

        Upkeep withStreaming() {
            return new Upkeep(statusAt, statusWritten, configApplied, config, historyAt, Optional.empty(),
                    Optional.empty(), Optional.empty(), restartTried, reinitializeTried);
        }

        Upkeep withNotStreaming(Tick since, Optional<Tick> nudged, Optional<Tick> refollowed) {
            return new Upkeep(statusAt, statusWritten, configApplied, config, historyAt, Optional.of(since), nudged,
                    refollowed, restartTried, reinitializeTried);
        }

        Upkeep withRestartTried(long id) {
            return new Upkeep(statusAt, statusWritten, configApplied, config, historyAt, notStreamingSince, nudgedAt,
                    refollowAt, id, reinitializeTried);
        }

        Upkeep withReinitializeTried(long id) {
            return new Upkeep(statusAt, statusWritten, configApplied, config, historyAt, notStreamingSince, nudgedAt,
                    refollowAt, restartTried, id);
        }
    }
}
