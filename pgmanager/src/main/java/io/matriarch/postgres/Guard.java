package io.matriarch.postgres;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.Revision;
import io.matriarch.config.WatchdogConfig;
import io.matriarch.ha.GuardState;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's side of the guard: starts it as the parent of PostgreSQL, tells it when to watch and until when, and knows
 * whether it has acknowledged.
 *
 * <p>An order names the epoch of the lock and an incarnation that grows with every order, also from one agent to the next
 * on the same machine. An answer proves only the order whose numbers it names.
 *
 * <p>Threads: {@link #feed} any and never blocks; {@link #arm}, {@link #disarm} and {@link #state} the loop's; the rest
 * that of an operation.
 */
final class Guard implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);
    private static final long ANSWER_MILLIS = 250;
    private static final long START_MILLIS = 10_000;
    private static final long ADOPTION_MILLIS = 1_500;
    private static final long POLL_MILLIS = 2;
    /** The life of an adopted server for which no proof of the lock is known yet. */
    private static final long UNPROVEN_MILLIS = 2_500;
    private static final int TRIES = 2;

    private final Optional<GuardLaunch> launch;
    private final Optional<String> missing;
    private final Runnable ended;
    private final Object ordering = new Object();
    private volatile Told told = new Told(0, 0);
    private volatile Standing standing;
    private volatile Optional<Long> intended = Optional.empty();
    private volatile ProcessTable.Identity guard;
    private volatile boolean off;
    private GuardChannel channel;
    private long incarnation;

    private Guard(Optional<GuardLaunch> launch, Optional<String> missing, Runnable ended) {
        this.launch = launch;
        this.missing = missing;
        this.ended = ended;
    }

    /**
     * @param settings for the {@code ttl} that the watchdog's timeout depends on
     * @param ended    called when the guard of an adopted server has ended
     */
    static Guard of(GuardSetup setup, DataDirectory dataDirectory, Programs programs, ServerLog log,
            Supplier<ServerSettings> settings, Runnable ended) {
        Optional<GuardProgram> program = setup.home().flatMap(home -> GuardProgram.find(home, programs));
        boolean required = setup.watchdog().mode() == WatchdogConfig.Mode.REQUIRED;
        Optional<String> missing = program.isEmpty() && required
                ? Optional.of("Watchdog device is not usable: there is no guard to hold it") : Optional.empty();
        return new Guard(program.map(p -> new GuardLaunch(dataDirectory, programs, p, setup.watchdog(),
                log, settings)),
                missing, ended);
    }

    private record Told(long epoch, long deadline) {
    }

    /** An order that the guard has acknowledged. */
    private record Standing(long epoch, long incarnation, GuardChannel channel) {

        void feed(Told told) {
            if (told.epoch == epoch) {
                channel.send(new GuardLaunch.Armed(epoch, incarnation, told.deadline).line("feed"));
            }
        }
    }

    boolean isUsed() {
        return launch.isPresent();
    }

    void feed(LeaderLock lock, Tick deadline) {
        Told now = new Told(lock.epoch().value(), TimeUnit.NANOSECONDS.toMillis(deadline.nanos()));
        told = now;
        Standing current = standing;
        if (current != null) {
            current.feed(now);
        }
    }

    GuardState state(boolean serverAlive) {
        if (launch.isEmpty()) {
            return GuardState.NONE.withTrouble(missing);
        }
        return state(launch.get(), serverAlive).withTrouble(launch.get().trouble());
    }

    private GuardState state(GuardLaunch launcher, boolean serverAlive) {
        if (!serverAlive) {
            return GuardState.NONE;
        }
        ProcessTable.Identity known = guard;
        if (known == null || !known.isAlive()) {
            standing = null;
            off = false;
            return processes(launcher).isEmpty() ? GuardState.LOST : GuardState.UNKNOWN;
        }
        Standing current = standing;
        return current != null ? GuardState.armed(new Revision(current.epoch)) : off ? GuardState.OFF : GuardState.UNKNOWN;
    }

    /** As the port has it. */
    boolean arm(Revision lock, Optional<ProcessTable.Identity> postmaster) {
        if (launch.isEmpty()) {
            return missing.isEmpty();
        }
        synchronized (ordering) {
            intended = Optional.of(lock.value());
            standing = null;
            off = false;
            if (postmaster.isEmpty()) {
                return launch.get().trouble().isEmpty();
            }
            GuardLaunch.Armed order = order(lock.value());
            boolean proven = told.epoch == lock.value();
            Optional<GuardAnswer> answer = ask(launch.get(), order.line(proven ? "arm" : "adopt"), order);
            if (answer.isEmpty() && processes(launch.get()).isEmpty()) {
                answer = adopt(launch.get(), postmaster.get(), order);
            }
            if (answer.filter(GuardAnswer::isArmed).isEmpty()) {
                LOG.error("the guard {}", answer.isEmpty() ? "does not answer"
                        : "refuses: Watchdog device is not usable");
                return false;
            }
            acknowledged(answer.get());
            return true;
        }
    }

    /** Whether a guard watches under this epoch, as its own word is; also one that an earlier agent started. */
    boolean isWatching(Revision epoch) {
        if (launch.isEmpty() || processes(launch.get()).isEmpty()) {
            return false;
        }
        synchronized (ordering) {
            if (!open(launch.get())) {
                return false;
            }
            channel.send("status");
            return await(a -> a.isArmed() && a.epoch() == epoch.value(), ANSWER_MILLIS).isPresent();
        }
    }

    boolean disarm() {
        if (launch.isEmpty()) {
            return true;
        }
        synchronized (ordering) {
            intended = Optional.empty();
            standing = null;
            if (processes(launch.get()).isEmpty()) {
                return true;
            }
            GuardLaunch.Armed order = order(0);
            Optional<GuardAnswer> answer = ask(launch.get(), "disarm 0 " + order.incarnation(), order);
            off = answer.filter(a -> !a.isArmed()).isPresent();
            answer.ifPresent(a -> guard = ProcessTable.look(a.guard()).orElse(null));
            return off || processes(launch.get()).isEmpty();
        }
    }

    /** Sends an order and waits for the answer that names it; an order may come twice. */
    private Optional<GuardAnswer> ask(GuardLaunch launcher, String line, GuardLaunch.Armed order) {
        for (int i = 0; i < TRIES && !processes(launcher).isEmpty(); i++) {
            if (open(launcher)) {
                channel.send(line);
                Optional<GuardAnswer> answer = await(a -> a.answers(order.epoch(), order.incarnation()), ANSWER_MILLIS);
                if (answer.isPresent()) {
                    return answer;
                }
                closeChannel(); // perhaps the FIFOs are others by now
            }
        }
        return Optional.empty();
    }

    private GuardLaunch.Armed order(long epoch) {
        Told latest = told;
        incarnation = Math.max(incarnation + 1, Uptime.millis());
        return new GuardLaunch.Armed(epoch, incarnation,
                latest.epoch == epoch ? latest.deadline : Uptime.millis() + UNPROVEN_MILLIS);
    }

    private void acknowledged(GuardAnswer answer) {
        guard = ProcessTable.look(answer.guard()).orElse(null);
        if (!answer.isArmed()) {
            off = true;
            return;
        }
        Standing now = new Standing(answer.epoch(), answer.incarnation(), channel);
        standing = now;
        now.feed(told); // what was told while the guard did not obey this order yet
    }

    private Optional<GuardAnswer> adopt(GuardLaunch launcher, ProcessTable.Identity postmaster, GuardLaunch.Armed order) {
        try {
            launcher.prepare();
            Process process = launcher.start(launcher.adoption(postmaster, order));
            LOG.info("the running PostgreSQL, pid {}, gets a guard, pid {}", postmaster.pid(), process.pid());
            Optional<GuardAnswer> answer = awaitStart(launcher, process, ADOPTION_MILLIS);
            if (answer.isEmpty()) {
                process.destroyForcibly();
            } else {
                process.onExit().thenRun(ended);
            }
            return answer.filter(a -> a.answers(order.epoch(), order.incarnation()));
        } catch (IOException e) {
            LOG.error("cannot start a guard: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * The command line of a server under a guard.
     *
     * @param primary whether the guard is to watch from the first moment, if {@link #arm} asked for it; a replica's does not
     */
    List<String> command(List<String> arguments, boolean primary) throws IOException {
        GuardLaunch launcher = launch.orElseThrow();
        launcher.prepare();
        synchronized (ordering) {
            standing = null;
            off = false;
            guard = null;
            if (!primary) {
                intended = Optional.empty();
            }
            return launcher.server(intended.map(this::order), arguments);
        }
    }

    /** Waits until a guard started with {@link #command} has started the postmaster; empty when it ended or was too slow. */
    Optional<ProcessTable.Identity> awaitPostmaster(Process process) {
        Optional<GuardAnswer> answer = awaitStart(launch.orElseThrow(), process, START_MILLIS);
        synchronized (ordering) {
            answer.ifPresent(this::acknowledged);
        }
        return answer.flatMap(a -> ProcessTable.look(a.postmaster()));
    }

    private Optional<GuardAnswer> awaitStart(GuardLaunch launcher, Process process, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (process.isAlive() && System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted()) {
            Optional<GuardAnswer> answer = open(launcher) ? await(a -> a.guard() == process.pid(), 50) : Optional.empty();
            if (answer.isPresent()) {
                return answer;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
        }
        return Optional.empty();
    }

    private Optional<GuardAnswer> await(Predicate<GuardAnswer> wanted, long millis) {
        GuardChannel open = channel;
        try {
            return open == null ? Optional.empty() : open.await(wanted, millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private synchronized boolean open(GuardLaunch launcher) {
        if (channel == null) {
            try {
                channel = GuardChannel.open(launcher.run()).orElse(null);
            } catch (IOException e) {
                LOG.error("cannot open the FIFOs of the guard: {}", e.getMessage());
            }
        }
        return channel != null;
    }

    private synchronized void closeChannel() {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    /** Every guard of the data directory; empty where none is used. */
    List<ProcessTable.Identity> processes() {
        return launch.map(Guard::processes).orElse(List.of());
    }

    private static List<ProcessTable.Identity> processes(GuardLaunch launcher) {
        try {
            return launcher.processes();
        } catch (IOException e) {
            LOG.error("cannot read the table of processes", e);
            return List.of();
        }
    }

    /** Where the FIFOs are; empty where no guard is used. */
    Optional<Path> place() {
        return launch.map(GuardLaunch::run);
    }

    /** A guard that runs goes on. */
    @Override
    public void close() {
        closeChannel();
    }
}
