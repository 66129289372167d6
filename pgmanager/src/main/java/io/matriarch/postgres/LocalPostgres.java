package io.matriarch.postgres;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.config.BootstrapConfig;
import io.matriarch.config.PostgresqlConfig;
import io.matriarch.ha.CutVote;
import io.matriarch.ha.LongTaskStatus;
import io.matriarch.ha.Operation;
import io.matriarch.ha.PostgresStatus;
import io.matriarch.ha.StandbyNames;
import io.matriarch.ha.Tick;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL server on this machine, run by the server programs and asked over TCP. */
public final class LocalPostgres implements Postgres {

    private static final Logger LOG = LoggerFactory.getLogger(LocalPostgres.class);

    private static final Duration QUESTION = Duration.ofSeconds(1);
    private static final Duration ORPHANS = Duration.ofSeconds(10);

    private final AtomicReference<ServerSettings> settings;
    private final DataDirectory dataDirectory;
    private final ConfigurationFiles files;
    private final ControlFile control;
    private final ExitWatch exits = new ExitWatch();
    private final ServerLog log;
    private final Guard guard;
    private final ServerProcess server;
    private final Orphans orphans;
    private final LocalSql sql;
    private final Slots slots;
    private final Heartbeat heartbeat;
    private final Monitor monitor;
    private final OperationRunner runner;
    private final Cut cut;
    private volatile Timeline timeline = Timeline.UNKNOWN;
    private boolean applied;
    private long looks;

    private LocalPostgres(ServerSettings initial, BootstrapConfig bootstrap, Programs programs, GuardSetup guarding) {
        settings = new AtomicReference<>(initial);
        PostgresqlConfig local = initial.local();
        dataDirectory = new DataDirectory(local.dataDir());
        files = new ConfigurationFiles(dataDirectory, local.configDir().toAbsolutePath().normalize(),
                new KnownParameters(programs, dataDirectory.path())::accepted);
        settings.set(initial.withStandbyNames(standbyNamesOnDisk()));
        control = new ControlFile(dataDirectory.path(), programs);
        log = new ServerLog(dataDirectory);
        guard = Guard.of(guarding, dataDirectory, programs, log, settings::get, exits::tell);
        server = new ServerProcess(dataDirectory, programs, log, exits, guard);
        orphans = new Orphans(dataDirectory, programs.binaries());
        sql = new LocalSql(() -> Connections.Target.local(settings.get()));
        slots = new Slots(sql);
        heartbeat = new Heartbeat(() -> Connections.Target.local(settings.get()), new ReplayTimeline(settings::get));
        monitor = new Monitor(dataDirectory, control, server, heartbeat, new PendingRestart(sql, settings::get));
        PgPass pgpass = new PgPass(local.pgpass().orElse(
                dataDirectory.realPath().resolveSibling(dataDirectory.realPath().getFileName() + ".pgpass")));
        Starter starter = new Starter(dataDirectory, files, control, server, sql, settings::get);
        Founding founding = new Founding(dataDirectory, programs, files, starter, bootstrap,
                new Founding.Tools(settings::get, sql, pgpass));
        Operations operations = new Operations(new Operations.Parts(dataDirectory, files, control, server, sql, starter,
                new BaseBackup(dataDirectory, programs), new Rewind(dataDirectory, control, files, programs), founding),
                settings::get, pgpass);
        runner = new OperationRunner(operations::run, exits::tell);
        cut = new Cut(new Cut.Parts(dataDirectory, files, control, server, sql, programs), settings::get);
    }

    /**
     * Takes charge of the data directory. A running server is adopted as it is; nothing is started, stopped or written.
     *
     * @param scope         name of the cluster
     * @param member        of this cluster; its {@code application_name} when it replicates
     * @param dynamicConfig the document of the config key as last known, empty when unknown
     * @param guarding      how it is guarded
     * @throws PostgresSetupException when the server cannot be run with this configuration
     */
    public static LocalPostgres open(PostgresqlConfig config, BootstrapConfig bootstrap, String scope, MemberName member,
            Map<String, Object> dynamicConfig, GuardSetup guarding) {
        rootComplaint().ifPresent(c -> {
            throw new PostgresSetupException(c);
        });
        return open(new ServerSettings(config, scope, member, dynamicConfig), bootstrap, CommandPrefix.NONE, guarding);
    }

    static LocalPostgres open(ServerSettings settings, BootstrapConfig bootstrap, CommandPrefix prefix, GuardSetup guarding) {
        PostgresqlConfig config = settings.local();
        DataDirectory dataDirectory = new DataDirectory(config.dataDir());
        Optional<Integer> version = dataDirectory.majorVersion();
        PostgresBinaries binaries = PostgresBinaries.find(config.binDir(), config.binNames(), version);
        if (version.isPresent() && version.get() != binaries.majorVersion()) {
            throw new PostgresSetupException("the data directory " + dataDirectory.path() + " is of PostgreSQL " + version.get()
                    + ", but the server programs in " + binaries.directory() + " are of " + binaries.version()
                    + "; set postgresql.bin_dir to those of PostgreSQL " + version.get());
        }
        settings.parameters().warnings().forEach(LOG::warn);
        return new LocalPostgres(settings, bootstrap, new Programs(binaries, prefix), guarding);
    }

    /**
     * Why no server could be started here now, with the way out; empty when nothing is known to be in the way. For the time
     * before the first operation. Writes nothing.
     */
    public Optional<String> obstacle() {
        return server.postmaster().isPresent() ? Optional.empty()
                : new Premises(dataDirectory, settings.get().local()).obstacle();
    }

    /**
     * Clears away what an agent before this one was doing when it was killed: its programs that still copy, rewind or
     * found are killed, and a cluster whose founding was cut off is stopped and moved to a name ending in {@code .failed}.
     * To be called before the first operation, when no other agent can be at work here.
     *
     * @throws PostgresSetupException when that cannot be done
     */
    public void clearRuins() {
        try {
            if (!orphans.end(ORPHANS)) {
                throw new PostgresSetupException("programs of an earlier agent still work on " + dataDirectory.path()
                        + " and cannot be killed");
            }
            if (!dataDirectory.isHalfFounded()) {
                return;
            }
            if (dataDirectory.kind() == PostgresStatus.DataDirectory.EMPTY) {
                dataDirectory.unmarkFounding();
                return;
            }
            if (!server.killAll(ORPHANS)) {
                throw new PostgresSetupException("some processes of " + dataDirectory.path() + " cannot be killed");
            }
            LOG.warn("the founding of the cluster was cut off; its half-made data is now in {}", dataDirectory.moveToFailed());
        } catch (IOException e) {
            throw new PostgresSetupException("cannot clear away the half-made cluster in " + dataDirectory.path() + ": " + e);
        }
    }

    /** Why the server cannot be run by the present operating system user; empty when it can. */
    public static Optional<String> rootComplaint() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
                    ? Optional.of("PostgreSQL refuses to run as root: start the agent as the operating system user that owns the"
                            + " data directory, for example postgres")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot read /proc, which is needed to watch PostgreSQL: " + e.getMessage());
        }
    }

    @Override
    public PostgresStatus observe(Duration timeout) {
        if (looks++ % 64 == 0) {
            log.bound();
        }
        PostgresStatus status = monitor.look(timeout, runner.running());
        timeline = status.timeline();
        return status.withSync(standbyNames(status), cut.epoch()).withGuard(guard.state(status.alive()));
    }

    private StandbyNames standbyNames(PostgresStatus status) {
        Optional<String> set = settings.get().standbyNames();
        String effective = status.connectable() ? status.standbyNames().text() : set.orElse("");
        return new StandbyNames(effective, set.orElse(effective), set.isPresent());
    }

    private Optional<String> standbyNamesOnDisk() {
        try {
            return files.standbyNamesOnDisk();
        } catch (IOException e) {
            LOG.warn("cannot read {}: {}", files.main(), e.toString());
            return Optional.empty();
        }
    }

    @Override
    public boolean begin(Operation operation, Tick now, BooleanSupplier permit) {
        return runner.begin(operation, now, permit);
    }

    @Override
    public Optional<LongTaskStatus> task() {
        return runner.status();
    }

    @Override
    public void acknowledge() {
        runner.acknowledge();
    }

    @Override
    public void cancel(Duration timeout) {
        runner.cancel(timeout);
    }

    @Override
    public boolean fence(Duration timeout) {
        return server.fence(runner.running(), timeout);
    }

    @Override
    public void nudge() {
        Optional<ProcessTable.Identity> startup = server.startupProcess();
        if (startup.isPresent()) {
            try {
                server.signal(startup.get(), "HUP");
            } catch (OperationFailedException e) {
                LOG.info("cannot nudge the startup process: {}", e.getMessage());
            }
        }
    }

    @Override
    public boolean syncSlots(Set<String> wanted) {
        return slots.sync(wanted);
    }

    @Override
    public boolean applySettings(Map<String, Object> dynamicConfig) {
        ServerSettings old = settings.get();
        return apply(old.withDynamic(dynamicConfig));
    }

    /**
     * Takes over the agent's own configuration after it was read anew. The places of data directory, configuration
     * directory and programs stay as they were.
     */
    public boolean reconfigure(PostgresqlConfig config) {
        ServerSettings old = settings.get();
        return apply(old.withLocal(config));
    }

    private boolean apply(ServerSettings wanted) {
        if (wanted.equals(settings.get()) && applied) {
            return true;
        }
        settings.set(wanted);
        applied = true;
        wanted.parameters().warnings().forEach(LOG::warn);
        if (runner.running().isPresent() || dataDirectory.kind() != PostgresStatus.DataDirectory.PRESENT) {
            return true; // the next start writes the files
        }
        try {
            boolean standby = dataDirectory.isMarkedStandby();
            Map<String, String> controlled = standby
                    ? wanted.parameters().controlledFor(control.read().map(ControlFile.Contents::limits).orElse(Map.of()))
                    : wanted.parameters().controlled();
            Optional<ConfigurationFiles.Source> source = standby ? Optional.of(currentSource()) : Optional.empty();
            boolean changed = files.write(wanted, controlled, source);
            if (changed && server.postmaster().isPresent()) {
                server.reload();
                LOG.info("wrote the configuration files and reloaded PostgreSQL");
            }
            return true;
        } catch (IOException | SQLException | OperationFailedException e) {
            applied = false;
            LOG.warn("cannot apply the settings: {}", e.getMessage());
            return false;
        }
    }

    /** What the running replica follows, whoever configured it. */
    private ConfigurationFiles.Source currentSource() throws IOException, SQLException {
        if (server.postmaster().isEmpty() || cut.isInForce()) {
            return files.sourceOnDisk().orElse(ConfigurationFiles.Source.NOBODY);
        }
        return new ConfigurationFiles.Source(sql.ask("SHOW primary_conninfo", QUESTION).orElse(""),
                sql.ask("SHOW primary_slot_name", QUESTION).orElse(""));
    }

    @Override
    public boolean setStandbyNames(String names) {
        return standbyNames(Optional.of(names));
    }

    @Override
    public boolean releaseStandbyNames() {
        return standbyNames(Optional.empty());
    }

    /** Writes and reloads even when nothing changed: the server may have missed it before. */
    private boolean standbyNames(Optional<String> names) {
        try {
            if (names.isPresent() && dataDirectory.kind() == PostgresStatus.DataDirectory.PRESENT) {
                files.stripStandbyNames();
            }
            boolean same = settings.get().standbyNames().equals(names) && applied;
            boolean done = apply(settings.get().withStandbyNames(names));
            if (done && same && server.postmaster().isPresent()) {
                server.reload();
            }
            return done;
        } catch (IOException | OperationFailedException e) {
            LOG.warn("cannot set synchronous_standby_names: {}", e.getMessage());
            return false;
        }
    }

    @Override
    public Optional<CutVote> cut(Revision epoch, Duration timeout) {
        if (runner.running().isPresent()) {
            LOG.info("not cut for epoch {}: an operation is under way", epoch);
            return Optional.empty();
        }
        return cut.perform(epoch, timeline, timeout);
    }

    @Override
    public Optional<TimelineHistory> timelineHistory() {
        return dataDirectory.history(timeline);
    }

    @Override
    public void feed(LeaderLock lock, Tick deadline) {
        guard.feed(lock, deadline);
    }

    @Override
    public boolean arm(LeaseId lease, Revision epoch) {
        return guard.arm(epoch, server.postmaster());
    }

    @Override
    public boolean disarm() {
        return guard.disarm();
    }

    /** Whether a server of the data directory runs, in whatever state. */
    public boolean isRunning() {
        return server.postmaster().isPresent();
    }

    /** Whether a guard that runs says that it watches PostgreSQL under this lock; asked by an agent that comes back. */
    public boolean isWatchedUnder(Revision epoch) {
        return guard.isWatching(epoch);
    }

    /** Whether a guard runs PostgreSQL and kills it when its time has ended. */
    public boolean isGuarded() {
        return guard.isUsed();
    }

    @Override
    public void onExit(Runnable listener) {
        exits.add(listener);
    }

    @Override
    public void close() {
        runner.cancel(Duration.ofSeconds(5));
        heartbeat.close();
        guard.close();
        server.close();
        exits.close();
    }
}
