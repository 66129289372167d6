package io.matriarch.raft;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gets a command into the log whoever leads, by repeating one call, with one identity, until someone answers that it
 * was applied or the time is over.
 *
 * <p>Ordinary calls are bounded to a few in flight; urgent ones (lease renewals, expiries, barriers) pass them, so a
 * renewal never waits for a proposal that is stuck. Threads: any; futures complete on the reply threads.
 */
final class Proposer implements AutoCloseable {

    /** What became of a call. */
    sealed interface Fate {

        record Committed(long index, StoreMachine.Reply reply) implements Fate {
        }

        record Lost(String why) implements Fate {
        }
    }

    /** Which calls a call may have to wait for. */
    enum Lane { ORDINARY, URGENT }

    private static final Duration ATTEMPT = Duration.ofMillis(300);
    private static final Duration PAUSE = Duration.ofMillis(30);
    private static final Duration SUSPICION = Duration.ofMillis(800);
    /** Peers remember the answers of calls for longer than this; a call is not sent again later, and ends. */
    private static final Duration RETRY_WINDOW = Duration.ofSeconds(9);
    private static final int IN_FLIGHT = 16;
    private static final int URGENT_IN_FLIGHT = 256;
    private static final int QUEUE = 1024;

    private final Route route;
    private final ScheduledExecutorService timer;
    private final Executor replies;
    private final Duration retryWindow;
    private final UUID client = UUID.randomUUID();
    private final AtomicLong numbers = new AtomicLong();
    private final Map<String, Long> suspects = new ConcurrentHashMap<>();
    private final Queue<Run> waiting = new ArrayDeque<>();
    private int inFlight;
    private int urgent;
    private volatile Target lastGood;
    private volatile boolean closed;

    Proposer(Route route, ScheduledExecutorService timer, Executor replies) {
        this(route, timer, replies, RETRY_WINDOW);
    }

    /** @param retryWindow how long after its first attempt a call is still sent again */
    Proposer(Route route, ScheduledExecutorService timer, Executor replies, Duration retryWindow) {
        this.route = route;
        this.timer = timer;
        this.replies = replies;
        this.retryWindow = retryWindow;
    }

    CompletableFuture<Fate> propose(byte[] command, Duration timeout, Lane lane) {
        Run run = new Run(new Call(client, numbers.incrementAndGet(), command), timeout, lane);
        if (closed) {
            run.end(new Fate.Lost("closed"));
            return run.fate;
        }
        boolean start = true;
        boolean full = false;
        synchronized (waiting) {
            if (lane == Lane.ORDINARY && inFlight >= IN_FLIGHT) {
                start = false;
                full = waiting.size() >= QUEUE || !waiting.add(run);
            } else if (lane == Lane.ORDINARY) {
                inFlight++;
            } else {
                full = urgent >= URGENT_IN_FLIGHT;
                urgent += full ? 0 : 1;
            }
        }
        if (full) {
            run.fate.complete(new Fate.Lost("too many proposals are waiting"));
        } else {
            run.begin(start);
        }
        return run.fate;
    }

    private void released(Lane lane) {
        Run next;
        synchronized (waiting) {
            if (lane == Lane.URGENT) {
                urgent--;
                return;
            }
            next = waiting.poll();
            while (next != null && next.fate.isDone()) {
                next = waiting.poll();
            }
            if (next == null) {
                inFlight--;
            }
        }
        if (next != null) {
            next.launch();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private boolean suspect(Target target) {
        Long since = suspects.get(target.address().toString());
        return since != null && System.nanoTime() - since < SUSPICION.toNanos();
    }

    /** One call on its way through attempts. */
    private final class Run {

        private final Call call;
        private final Lane lane;
        private final long deadline;
        private final CompletableFuture<Fate> fate = new CompletableFuture<>();
        private final AtomicBoolean launched = new AtomicBoolean();
        private final AtomicBoolean permitReturned = new AtomicBoolean();
        private ScheduledFuture<?> overall;
        private long firstSent;
        private int rotation;
        private int attempt;
        private Target hinted;
        private volatile String last = "no peer answered";

        Run(Call call, Duration timeout, Lane lane) {
            this.call = call;
            this.lane = lane;
            this.deadline = System.nanoTime() + timeout.toNanos();
        }

        void begin(boolean now) {
            try {
                overall = timer.schedule(() -> end(new Fate.Lost(last)), Math.max(0, deadline - System.nanoTime()),
                        TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                end(new Fate.Lost("closed"));
                return;
            }
            if (now) {
                launch();
            }
        }

        void launch() {
            firstSent = System.nanoTime();
            launched.set(true);
            if (fate.isDone()) {
                release();
                return;
            }
            next();
        }

        /** Ends the call once; a permit it held goes to the next one. */
        void end(Fate outcome) {
            if (!fate.complete(outcome)) {
                return;
            }
            if (overall != null) {
                overall.cancel(false);
            }
            if (launched.get()) {
                release();
            }
        }

        private void release() {
            if (permitReturned.compareAndSet(false, true)) {
                released(lane);
            }
        }

        private void next() {
            if (System.nanoTime() - firstSent > retryWindow.toNanos()) {
                // waiting on would only keep a place that calls which can still be sent need
                end(new Fate.Lost(last));
                return;
            }
            Target target;
            int mine;
            synchronized (this) {
                if (fate.isDone()) {
                    return;
                }
                mine = ++attempt;
                target = choose().orElse(null);
            }
            if (target == null) {
                later(mine);
                return;
            }
            long left = Math.max(1, deadline - System.nanoTime());
            ScheduledFuture<?> impatience = schedule(() -> silent(mine, target), Math.min(left, ATTEMPT.toNanos()));
            // the attempt may outlive our patience: a late answer is still the answer of this call
            target.propose(call, Duration.ofNanos(Math.min(left, 4 * ATTEMPT.toNanos())))
                    .thenAcceptAsync(answer -> {
                        if (impatience != null) {
                            impatience.cancel(false);
                        }
                        answered(mine, target, answer);
                    }, replies);
        }

        private Optional<Target> choose() {
            if (hinted != null) {
                Target target = hinted;
                hinted = null;
                return Optional.of(target);
            }
            Optional<Target> leader = route.leader().or(() -> Optional.ofNullable(lastGood)).filter(t -> !suspect(t));
            if (attempt % 2 == 1 && leader.isPresent()) {
                return leader;
            }
            List<Target> all = route.all();
            for (int i = 0; i < all.size(); i++) {
                Target target = all.get(Math.floorMod(rotation++, all.size()));
                if (!suspect(target)) {
                    return Optional.of(target);
                }
            }
            return all.isEmpty() ? Optional.empty() : Optional.of(all.get(Math.floorMod(rotation++, all.size())));
        }

        private void silent(int mine, Target target) {
            suspects.put(target.address().toString(), System.nanoTime());
            last = target.address() + ": no answer in time";
            if (current(mine)) {
                next();
            }
        }

        private void answered(int mine, Target target, Answer answer) {
            if (answer instanceof Answer.Done done) {
                suspects.remove(target.address().toString());
                lastGood = target;
                end(new Fate.Committed(done.index(), StoreMachine.Reply.decode(done.reply())));
                return;
            }
            if (!current(mine)) {
                return;
            }
            if (answer instanceof Answer.NotLeader other) {
                Optional<Target> leader = other.leader().filter(a -> !a.equals(target.address())).map(route::at)
                        .filter(t -> !suspect(t));
                last = "no Raft leader is ready";
                synchronized (this) {
                    hinted = leader.orElse(null);
                }
                // one redirection is followed at once; a second one in a row waits, since two peers may name each other
                if (leader.isPresent() && mine % 2 == 1) {
                    next();
                    return;
                }
            } else if (answer instanceof Answer.NotReady busy) {
                last = target.address() + ": " + busy.why();
                // it is about to lead; but one that stays so has lost its majority, so others are asked in between
                synchronized (this) {
                    hinted = mine % 4 == 0 ? null : target;
                }
            } else if (answer instanceof Answer.Failed failed) {
                suspects.put(target.address().toString(), System.nanoTime());
                last = target.address() + ": " + failed.why();
            }
            later(mine);
        }

        private void later(int mine) {
            schedule(() -> {
                if (current(mine)) {
                    next();
                }
            }, PAUSE.toNanos());
        }

        private synchronized boolean current(int mine) {
            return mine == attempt && !fate.isDone();
        }

        private ScheduledFuture<?> schedule(Runnable task, long nanos) {
            try {
                return timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                end(new Fate.Lost("closed"));
                return null;
            }
        }
    }
}
