package io.matriarch.loop;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresState;
import io.matriarch.ha.CutRules;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Operation;
import io.matriarch.ha.OperatorIntent;
import io.matriarch.ha.OperatorRequests;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What operators ask of this agent, and who waits for an answer. One restart and one reinitialization at a time. Any
 * thread.
 */
final class OperatorDesk implements AgentControl {

    private final Runnable wake;
    private final Function<MemberName, FailsafeAnswer> promises;
    private boolean shutdown;
    private boolean reload;
    private boolean unread;
    private long lastId;
    private Pending<OperatorIntent.Restart> restart;
    private Pending<OperatorIntent.Reinitialize> reinitialize;
    private CutDemand cut;

    OperatorDesk(Runnable wake, Function<MemberName, FailsafeAnswer> promises) {
        this.wake = wake;
        this.promises = promises;
    }

    @Override
    public FailsafeAnswer failsafe(MemberName leader) {
        return promises.apply(leader);
    }

    synchronized OperatorIntent intent() {
        return new OperatorIntent(shutdown, Optional.ofNullable(restart).filter(p -> !p.begun).map(p -> p.wish),
                Optional.ofNullable(reinitialize).map(p -> p.wish), reload, Optional.ofNullable(cut).filter(c -> !c.reply.isDone()).map(c -> c.request));
    }

    @Override
    public void wake() {
        wake.run();
    }

    void shutdown() {
        synchronized (this) {
            shutdown = true;
        }
        wake.run();
    }

    @Override
    public void reload() {
        synchronized (this) {
            reload = true;
            unread = true;
        }
        wake.run();
    }

    /** Whether a reload was asked for since the last call. */
    synchronized boolean takeReload() {
        boolean asked = unread;
        unread = false;
        return asked;
    }

    @Override
    public Reply restart(Duration startTimeout, Duration patience) {
        Pending<OperatorIntent.Restart> mine;
        synchronized (this) {
            if (restart != null) {
                return new Reply(false, "restart already in progress");
            }
            mine = new Pending<>(new OperatorIntent.Restart(++lastId, startTimeout));
            restart = mine;
        }
        Reply reply = await(mine, patience, "restart failed");
        synchronized (this) {
            restart = null;
        }
        return reply;
    }

    @Override
    public Reply reinitialize(boolean force, boolean fromLeader, Duration patience) {
        Pending<OperatorIntent.Reinitialize> mine;
        synchronized (this) {
            if (reinitialize != null) {
                return new Reply(false, "reinitialize already in progress");
            }
            mine = new Pending<>(new OperatorIntent.Reinitialize(++lastId, force, fromLeader));
            reinitialize = mine;
        }
        Reply reply = await(mine, patience, "reinitialize could not begin in time");
        synchronized (this) {
            reinitialize = null;
        }
        return reply;
    }

    /** Of two lock holders that ask, the later one has the say. */
    @Override
    public CutReply cut(OperatorIntent.CutRequest request, Duration patience) {
        CutDemand mine = new CutDemand(request, new CompletableFuture<>());
        synchronized (this) {
            if (cut != null && cut.request.epoch().compareTo(request.epoch()) > 0) {
                return new CutReply(Optional.empty(), "a later holder of the lock asks as well");
            }
            if (cut != null) {
                cut.reply.complete(new CutReply(Optional.empty(), "another request took the place of this one"));
            }
            cut = mine;
        }
        wake.run();
        CutReply reply;
        try {
            reply = mine.reply.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            reply = new CutReply(Optional.empty(), "not cut in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reply = new CutReply(Optional.empty(), "interrupted");
        }
        synchronized (this) {
            cut = cut == mine ? null : cut;
        }
        return reply;
    }

    private Reply await(Pending<?> pending, Duration patience, String late) {
        wake.run();
        try {
            return pending.reply.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return new Reply(false, late);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply(false, late);
        }
    }

    /** Answers whoever a round has settled. */
    synchronized void afterRound(Observation seen, Decision decision, int performed, Map<MemberName, CutVote> cuts) {
        if (seen.intent().reload() && !unread && has(decision, performed, e -> e instanceof Effect.ApplySettings)) {
            reload = false;
        }
        if (cut != null && seen.intent().cut().equals(Optional.of(cut.request))) {
            settleCut(cut, seen, Optional.ofNullable(cuts.get(seen.settings().me())), decision, performed);
        }
        if (restart != null) {
            settleRestart(seen, decision, performed);
        }
        if (reinitialize != null) {
            settleReinitialize(seen, decision, performed);
        }
    }

    private static void settleCut(CutDemand cut, Observation seen, Optional<CutVote> vote, Decision decision, int performed) {
        boolean done = has(decision, performed, e -> e instanceof Effect.Cut c && c.epoch().equals(cut.request.epoch()));
        if (done && vote.isPresent()) {
            cut.reply.complete(new CutReply(vote, ""));
        } else {
            CutRules.refusal(seen).ifPresent(why -> cut.reply.complete(new CutReply(Optional.empty(), why)));
        }
    }

    private void settleRestart(Observation seen, Decision decision, int performed) {
        Optional<LongTaskStatus> task = seen.task();
        if (restart.begun) {
            task.filter(t -> t.operation() instanceof Operation.Restart && !t.isRunning())
                    .ifPresent(t -> restart.reply.complete(new Reply(t.succeeded(),
                            t.succeeded() ? "restarted successfully" : "restart failed")));
        } else if (has(decision, performed, e -> e instanceof Effect.Begin b
                && b.operation() instanceof Operation.Restart)) {
            restart.begun = true;
        } else if (task.filter(LongTaskStatus::isRunning).isPresent()) {
            restart.reply.complete(new Reply(false, task.get().operation().label() + " already in progress"));
        } else if (seen.postgres().state() == PostgresState.STARTING) {
            restart.reply.complete(new Reply(false, "postgres is still starting"));
        } else if (!seen.postgres().alive()) {
            restart.reply.complete(new Reply(false, "restart failed"));
        }
    }

    private void settleReinitialize(Observation seen, Decision decision, int performed) {
        if (has(decision, performed, e -> e instanceof Effect.Begin b
                && b.operation() instanceof Operation.Reinitialize)) {
            reinitialize.reply.complete(new Reply(true, "reinitialize started"));
        } else if (seen.intent().reinitialize().isPresent()) {
            OperatorRequests.reinitializeRefusal(seen)
                    .ifPresent(refusal -> reinitialize.reply.complete(new Reply(false, refusal)));
        }
    }

    private static boolean has(Decision decision, int performed, Predicate<Effect> kind) {
        return decision.effects().stream().limit(performed).anyMatch(kind);
    }

    private record CutDemand(OperatorIntent.CutRequest request, CompletableFuture<CutReply> reply) {
    }

    private static final class Pending<T> {

        private final T wish;
        private final CompletableFuture<Reply> reply = new CompletableFuture<>();
        private boolean begun;

        Pending(T wish) {
            this.wish = wish;
        }
    }
}
