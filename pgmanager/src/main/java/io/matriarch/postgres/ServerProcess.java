package io.matriarch.postgres;

import io.matriarch.ha.Operation.StopMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processes of the data directory: finds, starts, signals and kills them. Any thread. */
final class ServerProcess implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
    private static final Duration POLL = Duration.ofMillis(5);
    /** A guard without a server ends by itself; one that has not after this time is frozen, or about to start a server. */
    private static final Duration TO_END = Duration.ofMillis(150);

    private final DataDirectory dataDirectory;
    private final Programs programs;
    private final ServerLog log;
    private final ExitWatch exits;
    private final Guard guard;
    private final SignalShell signals;
    private final Set<String> executables;
    private final Object launching = new Object();
    private volatile Optional<ProcessTable.Identity> known = Optional.empty();
    /** What was started here last: the guard, or without one the postmaster itself. */
    private volatile Process child;
    private volatile long logStart;
    private volatile boolean meantToRun;
    private volatile boolean comingReplica;
    private volatile ProcessTable.Identity startup;

    ServerProcess(DataDirectory dataDirectory, Programs programs, ServerLog log, ExitWatch exits, Guard guard) {
        this.dataDirectory = dataDirectory;
        this.programs = programs;
        this.log = log;
        this.exits = exits;
        this.guard = guard;
        this.signals = new SignalShell(programs);
        this.executables = GuardLaunch.executables(programs);
    }

    /** The live postmaster, started here or adopted. Cheap while it is the same one. */
    synchronized Optional<ProcessTable.Identity> postmaster() {
        if (known.isPresent() && known.get().isAlive()) {
            return known;
        }
        Process started = child;
        if (!guard.isUsed() && started != null && started.isAlive()) {
            known = ProcessTable.look(started.pid());
            return known;
        }
        known = dataDirectory.pidFilePid()
                .filter(pid -> ProcessTable.isServerOf(pid, dataDirectory.realPath(), executables))
                .flatMap(ProcessTable::look);
        known.ifPresent(p -> {
            LOG.info("found a running postmaster, pid {}", p.pid());
            meantToRun = true;
            exits.watchAdopted(p);
        });
        return known;
    }

    /** Whether a server was seen or started, and neither stopped nor fenced since: its absence is a crash. */
    boolean isMeantToRun() {
        return meantToRun;
    }

    /** Every live process of the data directory. */
    List<ProcessTable.Identity> all() {
        try {
            return ProcessTable.serversOf(dataDirectory.realPath(), executables);
        } catch (IOException e) {
            LOG.error("cannot read the table of processes", e);
            return postmaster().map(List::of).orElse(List.of());
        }
    }

    /**
     * Starts a postmaster in a session of its own, holding nothing of this process; where a guard is used, as its child.
     *
     * @param arguments after the program's name
     * @param primary   whether it may accept writes once it runs
     * @throws OperationFailedException when cancelled meanwhile, or the program cannot be run
     */
    void launch(Work work, List<String> arguments, boolean primary) throws OperationFailedException {
        comingReplica = !primary;
        try {
            begin(work, arguments, primary);
        } finally {
            comingReplica = false;
        }
    }

    /** Whether what runs is a replica that was just started, and whose postmaster is not known by its id yet. */
    boolean isReplicaComing() {
        return comingReplica;
    }

    private void begin(Work work, List<String> arguments, boolean primary) throws OperationFailedException {
        synchronized (launching) {
            if (!work.mayStartAnything()) {
                throw new OperationFailedException("cancelled");
            }
            try {
                ProcessBuilder builder = new ProcessBuilder(words(arguments, primary)).directory(dataDirectory.path().toFile())
                        .redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true);
                Programs.cleanEnvironment(builder.environment());
                // A process id in a stale pid file may belong to a zombie that nobody has reaped, which counts as alive for
                // PostgreSQL. No process of the data directory is left at this point, so it is told not to mind that id.
                dataDirectory.pidFilePid().ifPresent(pid -> builder.environment().put("PG_GRANDPARENT_PID", pid.toString()));
                logStart = log.prepare();
                child = builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile())).start();
                meantToRun = true;
            } catch (IOException e) {
                throw new OperationFailedException("cannot start postgres: " + e.getMessage(), e);
            }
        }
        exits.watchChild(child);
        if (guard.isUsed()) {
            Optional<ProcessTable.Identity> postmaster = guard.awaitPostmaster(child);
            work.goOn();
            if (postmaster.isEmpty()) {
                throw new OperationFailedException("PostgreSQL did not start under its guard: " + log.tail(logStart));
            }
            started(postmaster.get());
        }
    }

    private synchronized void started(ProcessTable.Identity postmaster) {
        known = Optional.of(postmaster);
    }

    private List<String> words(List<String> arguments, boolean primary) throws IOException {
        if (guard.isUsed()) {
            return guard.command(arguments, primary);
        }
        List<String> words = new ArrayList<>();
        for (String place : List.of("/usr/bin/setsid", "/bin/setsid")) {
            if (words.isEmpty() && Files.isExecutable(Path.of(place))) {
                words.add(place);
            }
        }
        words.addAll(programs.command("postgres", arguments));
        return words;
    }

    /**
     * Waits until the server accepts connections.
     *
     * @return false when it does not within {@code timeout}
     * @throws OperationFailedException with its last words when it ended
     */
    boolean awaitReady(Work work, Duration timeout) throws OperationFailedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (System.nanoTime() - deadline < 0) {
            Optional<ProcessTable.Identity> postmaster = postmaster();
            if (postmaster.isEmpty()) {
                throw new OperationFailedException("PostgreSQL did not start: " + log.tail(logStart));
            }
            boolean mine = dataDirectory.pidFilePid().filter(pid -> pid == postmaster.get().pid()).isPresent();
            if (mine && dataDirectory.pidFileLine(8).filter("ready"::equals).isPresent()) {
                return true;
            }
            work.pause(POLL);
        }
        return false;
    }

    /** What the server started last has written since. */
    String lastWords() {
        return log.tail(logStart);
    }

    /**
     * Kills everything of the data directory and returns when a scan finds nothing. The postmaster is killed first: from
     * then on no new process can come, and the scan repeats until it finds none. A guard reaps its postmaster and ends by
     * itself; one that does not is killed, since it may be about to start a server. Killing needs no program to be started.
     *
     * @return false when something survived {@code timeout}
     */
    boolean killAll(Duration timeout) {
        long begun = System.nanoTime();
        postmaster().ifPresent(p -> kill(p.pid()));
        List<ProcessTable.Identity> servers = all();
        List<ProcessTable.Identity> guards = guard.processes();
        int seen = servers.size();
        long lastServer = begun;
        while (!servers.isEmpty() || !guards.isEmpty()) {
            servers.forEach(p -> kill(p.pid()));
            long now = System.nanoTime();
            if (!servers.isEmpty()) {
                lastServer = now;
            } else if (now - lastServer > TO_END.toNanos()) {
                guards.forEach(p -> kill(p.pid()));
            }
            if (now - begun > timeout.toNanos()) {
                LOG.error("could not kill in time: {}", servers.stream().map(p -> Long.toString(p.pid())).toList());
                return servers.isEmpty();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            servers = all();
            guards = guard.processes();
        }
        reap();
        if (seen > 0) {
            LOG.warn("killed {} processes of {} in {} ms", seen, dataDirectory.path(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        }
        return true;
    }

    /** As {@link #killAll}, and makes sure that no start already under way comes after it. */
    boolean fence(Optional<Work> running, Duration timeout) {
        meantToRun = false;
        running.ifPresent(Work::cancel);
        synchronized (launching) {
            return killAll(timeout);
        }
    }

    /**
     * Stops. Returns when no process of the data directory is left; what does not stop in time is stopped immediately,
     * then killed.
     *
     * @throws OperationFailedException when something could not even be killed
     */
    void stop(Work work, StopMode mode, Duration timeout) throws OperationFailedException {
        meantToRun = false;
        Optional<ProcessTable.Identity> postmaster = postmaster();
        if (postmaster.isPresent()) {
            signal(postmaster.get(), switch (mode) {
                case SMART -> "TERM";
                case FAST -> "INT";
                case IMMEDIATE -> "QUIT";
            });
            if (!awaitEnd(work, postmaster.get(), timeout)) {
                LOG.warn("PostgreSQL did not stop within {} ms, stopping it immediately", timeout.toMillis());
                signal(postmaster.get(), "QUIT");
                awaitEnd(work, postmaster.get(), Duration.ofSeconds(1));
            }
        }
        if (!killAll(Duration.ofSeconds(10))) {
            throw new OperationFailedException("some processes of the data directory cannot be killed");
        }
    }

    /** Waits without regard to cancellation: a stop under way is better finished. */
    private boolean awaitEnd(Work work, ProcessTable.Identity postmaster, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (postmaster.isAlive()) {
            if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }

    /** Sends a signal by name. */
    void signal(ProcessTable.Identity process, String name) throws OperationFailedException {
        signals.send(process, name);
    }

    /** Leaves the server as it is and lets go of what served to look after it. */
    @Override
    public void close() {
        signals.close();
    }

    /** Makes the server read its configuration files again. */
    void reload() throws OperationFailedException {
        Optional<ProcessTable.Identity> postmaster = postmaster();
        if (postmaster.isPresent()) {
            signal(postmaster.get(), "HUP");
        }
    }

    /** The startup process of the postmaster, recognised by its title. */
    Optional<ProcessTable.Identity> startupProcess() {
        ProcessTable.Identity last = startup;
        if (last != null && last.isAlive()) {
            return Optional.of(last);
        }
        Optional<ProcessTable.Identity> found = all().stream()
                .filter(p -> ProcessTable.commandLine(p.pid()).matches("postgres: (.*: )?startup\\b.*")).findFirst();
        startup = found.orElse(null);
        return found;
    }

    /** Waits until the parent of a dead child of ours knows of its end; a zombie would look alive to the next server. */
    private void reap() {
        Process started = child;
        if (started == null) {
            return;
        }
        try {
            if (started.waitFor(1, TimeUnit.SECONDS)) {
                child = null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
}
