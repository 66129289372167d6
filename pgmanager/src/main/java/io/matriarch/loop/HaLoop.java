package io.matriarch.loop;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import io.matriarch.ha.Decider;
import io.matriarch.ha.Decision;
import io.matriarch.ha.Effect;
import io.matriarch.ha.HaMemory;
import io.matriarch.ha.Observation;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One member's loop: observe, decide, perform, publish.
 *
 * <p>It owns no thread and no clock. A driver calls {@link #tick} when the moment it named has come, or earlier after
 * {@link #onWake}; ticks never overlap. {@link #wake}, {@link #shutdown} and {@link #control} are for any thread.
 */
public final class HaLoop {

    private static final int MOST_ROUNDS = 4;
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final Duration PERMIT = Duration.ofSeconds(10);
    private static final Duration PUBLISH = Duration.ofSeconds(1);

    private final HaPorts ports;
    private final LeaderLockKeeper keeper;
    private final Function<Observation, Decision> decider;
    private final Observer observer;
    private final Effector effector;
    private final MemberSession session;
    private final Deadline deadline;
    private final FailsafeRounds failsafe;
    private final OperatorDesk desk = new OperatorDesk(this::wake, this::promise);
    private final DecisionJournal journal = new DecisionJournal();
    private final DecisionLog log = new DecisionLog();
    private volatile Runnable onWake = () -> { };
    private HaMemory memory = HaMemory.EMPTY;
    private Optional<ClusterView> lastView = Optional.empty();
    private Tick viewSeen;
    private Instant viewSeenAt = Instant.EPOCH;

    public HaLoop(HaPorts ports, LeaderLockKeeper keeper) {
        this(ports, keeper, Decider::decide);
    }

    /** @param decider the rules, or what a test makes of them */
    public HaLoop(HaPorts ports, LeaderLockKeeper keeper, Function<Observation, Decision> decider) {
        this.ports = ports;
        this.keeper = keeper;
        this.decider = decider;
        this.session = new MemberSession(ports, keeper);
        this.observer = new Observer(ports, keeper);
        this.effector = new Effector(ports, keeper, session);
        this.deadline = new Deadline(ports.ticker(), keeper);
        this.failsafe = new FailsafeRounds(ports, keeper);
        this.viewSeen = ports.ticker().now();
        keeper.onChange(this::wake);
        keeper.onProof(ports.postgres()::feed);
        ports.postgres().onExit(this::wake);
        ports.dcs().onChange(this::wake);
    }

    /** Calls {@code listener}, on any thread, when a tick should come at once. */
    public void onWake(Runnable listener) {
        onWake = listener;
    }

    public void wake() {
        onWake.run();
    }

    /** Begins an orderly end; {@link #exit} tells when it is reached. */
    public void shutdown() {
        desk.shutdown();
    }

    /** Set once the process is to end; ticks do nothing from then on. */
    public Optional<Effect.Exit> exit() {
        return effector.exit();
    }

    public AgentControl control() {
        return desk;
    }

    public DecisionJournal journal() {
        return journal;
    }

    /** What the last decision left for the next one. */
    public HaMemory memory() {
        return memory;
    }

    /** Does what is due and returns when to be called again at the latest. */
    public Tick tick() {
        if (exit().isPresent()) {
            return ports.ticker().now().plus(PERMIT);
        }
        if (desk.takeReload()) {
            ports.settings().reload();
        }
        Round round = round();
        for (int i = 1; i < MOST_ROUNDS && round.calledForAnother && exit().isEmpty(); i++) {
            round = round();
        }
        Observation seen = round.seen;
        failsafe.keep(seen);
        if (seen.cluster().isPresent()) {
            session.publishIfDue(seen, deadline.of(PUBLISH, seen.mayWrite()));
        }
        return publish(seen, round.decision);
    }

    private AgentControl.FailsafeAnswer promise(MemberName leader) {
        Optional<NodeStatus> status = ports.board().read();
        if (status.filter(s -> s.settings().failsafe()).isEmpty()) {
            return AgentControl.FailsafeAnswer.OFF;
        }
        boolean leads = status.get().postgres().mayWrite() || Observation.isBecomingPrimary(status.get().task());
        return !leads && keeper.promise().give(leader, status.get().settings().ttl(), () -> keeper.hold().lock().isPresent())
                ? AgentControl.FailsafeAnswer.PROMISED : AgentControl.FailsafeAnswer.LEADING;
    }

    private Tick publish(Observation seen, Decision decision) {
        Tick now = ports.ticker().now();
        keeper.lease(seen.settings().leaderLease());
        keeper.flushed(seen.postgres().flushed());
        keeper.permit(now.plus(PERMIT));
        keeper.poll(now);
        Tick next = next(now, seen, decision);
        show(seen, decision, next);
        return next;
    }

    private void show(Observation seen, Decision decision, Tick next) {
        ports.board().publish(new NodeStatus(seen.now(), lastView, viewSeen, viewSeenAt, keeper.hold(),
                seen.postgres(), ports.postgres().task(), seen.settings(), ports.settings().card().tags(),
                Optional.of(decision), next));
    }

    private Tick next(Tick now, Observation seen, Decision decision) {
        Duration period = seen.settings().loopWait().compareTo(PERIOD) < 0 ? seen.settings().loopWait() : PERIOD;
        Tick next = now.plus(decision.next().compareTo(period) < 0 ? decision.next() : period);
        Optional<Tick> end = keeper.hold().validUntil();
        if (end.isPresent() && !now.isBefore(end.get())) {
            end = keeper.writableUntil();
        }
        if (end.isPresent() && end.get().isBefore(next) && !memory.paused()) {
            next = end.get();
        }
        return next;
    }

    private Round round() {
        Observation seen = observer.observe(desk.intent(), effector.peers(), memory, effector.cuts(),
                effector.synced());
        if (seen.cluster().isPresent()) {
            lastView = seen.cluster();
            viewSeen = seen.now();
            viewSeenAt = seen.wall();
        }
        Decision decision = decider.apply(seen);
        if (seen.task().filter(task -> !task.isRunning()).isPresent()) {
            ports.postgres().acknowledge();
        }
        show(seen, decision, next(seen.now(), seen, decision));
        log.decided(seen, decision);
        keeper.lenient(Decider.lenience(seen, decision.memory())); // before an effect that arms the guard
        int performed = perform(seen, decision);
        List<Effect> effects = decision.effects();
        boolean complete = performed == effects.size();
        memory = complete ? decision.memory()
                : decision.memory().interrupted(effects.subList(performed, effects.size()));
        journal.add(seen.wall(), decision, complete ? Optional.empty() : Optional.of(effects.get(performed)));
        desk.afterRound(seen, decision, performed, effector.cuts());
        return new Round(seen, decision, complete && effects.stream().anyMatch(Effect::changesTheSituation));
    }

    private int perform(Observation seen, Decision decision) {
        int done = 0;
        for (Effect effect : decision.effects()) {
            Optional<String> failure = effector.perform(effect, seen);
            if (failure.isPresent()) {
                log.failed(effect, failure.get());
                break;
            }
            done++;
        }
        return done;
    }

    private record Round(Observation seen, Decision decision, boolean calledForAnother) {
    }
}
