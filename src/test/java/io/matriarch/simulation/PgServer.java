package io.matriarch.simulation;

import io.matriarch.cluster.MemberName;
import io.matriarch.ha.StandbyNames;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The PostgreSQL of one machine: its data directory, its processes and its log. It lives on when the agent dies. What
 * it does takes virtual time and is put off while it is frozen.
 */
final class PgServer {

    private static final long SHUTDOWN_RECORD = 120;

    private final Machine machine;
    private final EventLoop loop;
    private final Streaming streaming;
    private final PgListener listener;
    private Optional<String> systemIdentifier = Optional.empty();
    private Branch branch;
    private long end;
    private long advancedAt;
    private boolean cleanlyStopped;
    private boolean broken;
    private boolean standbyFile;
    private Process process = Process.DOWN;
    private boolean asPrimary;
    private boolean promoting;
    private boolean stopping;
    private boolean orphan;
    private boolean orphansOverlooked;
    private boolean leavesOrphan;
    private long frozenUntil;
    private int generation;
    private long startedAt;
    private long primarySince;
    private final TreeSet<String> slots = new TreeSet<>();
    private Optional<SimulatedGuard> guard = Optional.empty();
    private final SyncCommits commits = new SyncCommits();
    private String syncNames = "";
    private boolean syncManaged;
    private long cutEpoch;
    private long stuckUntil;
    private long stuckAt;

    PgServer(Machine machine, EventLoop loop, Streaming streaming, PgListener listener) {
        this.machine = machine;
        this.loop = loop;
        this.streaming = streaming;
        this.listener = listener;
    }

    /** The guard of its data directory, from now on. */
    void guard(SimulatedGuard newGuard) {
        guard = Optional.of(newGuard);
    }

    Optional<SimulatedGuard> guard() {
        return guard;
    }

    /** The commits under way. */
    SyncCommits commits() {
        return commits;
    }

    /** {@code synchronous_standby_names} in the files and in effect. */
    StandbyNames standbyNames() {
        return new StandbyNames(process == Process.DOWN ? syncNames : commits.setting(), syncNames, syncManaged);
    }

    /** Writes {@code synchronous_standby_names}, and reloads a server that runs. */
    void syncNames(String names, boolean managed) {
        syncNames = names;
        syncManaged = managed;
        if (process != Process.DOWN) {
            later(1_000_000, () -> commits.setting(syncNames, streaming.flushed(this)));
        }
    }

    /** It was cut from every holder of the lock before this epoch; survives everything but the machine. */
    long cutEpoch() {
        return cutEpoch;
    }

    /** Notes the epoch of a cut in the files. */
    void cutEpoch(long epoch) {
        cutEpoch = epoch;
    }

    /** A client's commit; {@code acknowledge} runs when the client is told. */
    void commit(long bytes, Runnable acknowledge) {
        append(bytes);
        commits.submit(end, acknowledge, commits.rule().isOff() ? Map.of() : streaming.flushed(this));
    }

    /** Replay stops for a while, as in a recovery conflict or when an operator paused it; receiving goes on. */
    void replayStops(long nanos) {
        stuckUntil = loop.now() + nanos;
        stuckAt = end;
    }

    boolean isReplayStuck() {
        return process == Process.REPLICA && stuckUntil > loop.now();
    }

    long stuckUntil() {
        return stuckUntil;
    }

    /** How far a replica has replayed. */
    long replayed() {
        return isReplayStuck() ? Math.min(stuckAt, end) : end;
    }

    /** What runs. */
    enum Process { DOWN, STARTING, PRIMARY, REPLICA }

    /** Told of what invariants are about, at the moment it happens. */
    interface PgListener {

        /** It is told to become primary, by a start or a promotion, and will accept commits soon. */
        void becomingPrimary(PgServer server);

        void promoted(PgServer server);

        /** The content of the data directory is about to be replaced. */
        void discarding(PgServer server);

        /** A new cluster was made. */
        void founded(PgServer server);

        /**
         * The processes ended.
         *
         * @param wrote   they could acknowledge commits
         * @param byAgent its agent wanted it
         */
        void ended(PgServer server, boolean wrote, boolean byAgent);
    }

    Machine machine() {
        return machine;
    }

    MemberName name() {
        return machine.name();
    }

    boolean isPresent() {
        return branch != null;
    }

    Optional<String> systemIdentifier() {
        return systemIdentifier;
    }

    Branch branch() {
        return branch;
    }

    /** End of the log on disk. */
    long end() {
        return end;
    }

    /** Real time at which the log last grew. */
    long advancedAt() {
        return advancedAt;
    }

    boolean isCleanlyStopped() {
        return cleanlyStopped;
    }

    /** Whether an interrupted rewind left a directory that cannot be started. */
    boolean isBroken() {
        return broken;
    }

    boolean hasStandbyFile() {
        return standbyFile;
    }

    Process process() {
        return process;
    }

    boolean isStopping() {
        return stopping;
    }

    boolean isPromoting() {
        return promoting;
    }

    boolean isStartingAsPrimary() {
        return process == Process.STARTING && asPrimary;
    }

    boolean hasOrphan() {
        return orphan;
    }

    boolean isFrozen() {
        return frozenUntil > loop.now();
    }

    /** Changes with every start and end of the processes. */
    int generation() {
        return generation;
    }

    long startedAt() {
        return startedAt;
    }

    /** Real time at which it last became a primary. */
    long primarySince() {
        return primarySince;
    }

    TreeSet<String> slots() {
        return slots;
    }

    boolean acceptsWrites() {
        return (process == Process.PRIMARY && !stopping || orphan) && !isFrozen();
    }

    /** Whether a process is alive that may acknowledge commits, now or without being told again. */
    boolean mayWrite() {
        return process == Process.PRIMARY || isStartingAsPrimary() || promoting || orphan && !orphansOverlooked;
    }

    boolean isConnectable() {
        return (process == Process.PRIMARY || process == Process.REPLICA) && !isFrozen();
    }

    /** Appends to the log. */
    void append(long bytes) {
        end += bytes;
        advancedAt = loop.now();
        streaming.grown(this);
    }

    /** Takes over a log that continues this one. */
    void advanceTo(Branch newBranch, long newEnd) {
        branch = newBranch;
        if (newEnd > end) {
            end = newEnd;
            advancedAt = loop.now();
        }
        streaming.grown(this);
    }

    void initdb(String identifier) {
        systemIdentifier = Optional.of(identifier);
        branch = Branch.first(name());
        end = 0x1_000_000;
        standbyFile = false;
        cleanlyStopped = true;
        broken = false;
        slots.clear();
        listener.founded(this);
    }

    /** Replaces the data directory by a copy of another. */
    void copyFrom(PgServer source) {
        systemIdentifier = source.systemIdentifier;
        branch = source.branch;
        end = source.end;
        advancedAt = loop.now();
        standbyFile = true;
        cleanlyStopped = false;
        broken = false;
        slots.clear();
    }

    /**
     * Empties the data directory.
     *
     * @param ordered an operator wants it so, and answers for it
     */
    void discard(boolean ordered) {
        if (isPresent() && !ordered) {
            listener.discarding(this);
        }
        branch = null;
        end = 0;
        systemIdentifier = Optional.empty();
        broken = false;
        slots.clear();
    }

    void beginRewind() {
        broken = true;
    }

    void endRewind(Branch.Point common) {
        broken = false;
        branch = common.branch();
        end = common.lsn();
    }

    /** Starts the processes; ready after a while. */
    void launch(boolean primary, long duration) {
        generation++;
        process = Process.STARTING;
        asPrimary = primary;
        standbyFile = !primary;
        startedAt = loop.now();
        guard.ifPresent(g -> g.startWith(primary));
        guard.ifPresent(SimulatedGuard::processesChanged);
        later(duration, this::started);
    }

    /** Its agent has checked its right to make it a primary, and is about to. */
    void chosen() {
        listener.becomingPrimary(this);
    }

    private void started() {
        process = asPrimary ? Process.PRIMARY : Process.REPLICA;
        commits.setting(syncNames, Map.of());
        cleanlyStopped = false;
        if (process == Process.REPLICA) {
            streaming.reconnect(this);
        } else {
            primarySince = loop.now();
            streaming.sourceReady(this);
        }
    }

    /** Tells the replica to become primary; it does after a while, whatever happens to the agent. */
    void promote(long duration) {
        promoting = true;
        stuckUntil = 0;
        guard.ifPresent(SimulatedGuard::processesChanged);
        streaming.leave(this);
        later(duration, () -> {
            promoting = false;
            branch = branch.fork(end, name());
            process = Process.PRIMARY;
            commits.setting(syncNames, Map.of());
            primarySince = loop.now();
            standbyFile = false;
            listener.promoted(this);
            streaming.sourceReady(this);
        });
    }

    /** Asks for a fast stop: no new commits from now on, what was written goes to connected replicas at the end. */
    void stopFast(long duration) {
        stopping = true;
        commits.abandon();
        boolean wrote = mayWrite();
        later(duration, () -> {
            if (process == Process.PRIMARY) {
                end += SHUTDOWN_RECORD;
                streaming.flush(this);
            }
            ended();
            cleanlyStopped = true;
            listener.ended(this, wrote, true);
        });
    }

    /** Real time at which it was or will be scheduled again after a freeze. */
    long frozenUntil() {
        return frozenUntil;
    }

    /** Every process of the data directory ends at once. */
    void kill(boolean byAgent) {
        boolean wrote = mayWrite();
        boolean wasUp = process != Process.DOWN;
        orphan &= orphansOverlooked && byAgent;
        if (!orphan) {
            commits.abandon(); // also what an orphan had begun
        }
        if (wasUp) {
            ended();
            cleanlyStopped = false;
        }
        if (wasUp || wrote) {
            listener.ended(this, wrote, byAgent);
        }
    }

    /** Plants a defect: a backend that outlived its postmaster is never found. */
    void overlookOrphans() {
        orphansOverlooked = true;
    }

    /** The postmaster dies by itself; one backend of a primary may live on. */
    void crash(boolean leaveOrphan) {
        boolean wasPrimary = process == Process.PRIMARY;
        leavesOrphan = wasPrimary && leaveOrphan;
        kill(false);
        leavesOrphan = false;
    }

    private void ended() {
        generation++;
        process = Process.DOWN;
        stuckUntil = 0;
        commits.abandon();
        promoting = false;
        stopping = false;
        streaming.leave(this);
        streaming.sourceGone(this);
        orphan |= leavesOrphan;
        guard.ifPresent(SimulatedGuard::postmasterEnded);
    }

    void freeze(long nanos) {
        frozenUntil = Math.max(frozenUntil, loop.now() + nanos);
    }

    private void later(long delay, Runnable action) {
        int mine = generation;
        loop.after(delay, () -> unlessEnded(mine, action));
    }

    private void unlessEnded(int mine, Runnable action) {
        if (mine != generation) {
            return;
        }
        if (isFrozen()) {
            loop.at(frozenUntil, () -> unlessEnded(mine, action));
            return;
        }
        action.run();
    }
}
