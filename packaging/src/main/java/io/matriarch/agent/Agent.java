package io.matriarch.agent;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.config.AgentConfig;
import io.matriarch.config.GuardMode;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import io.matriarch.ha.Effect;
import io.matriarch.loop.HaDriver;
import io.matriarch.loop.HaLoop;
import io.matriarch.loop.HaPorts;
import io.matriarch.loop.HttpPeerProbe;
import io.matriarch.loop.LeaderLockKeeper;
import io.matriarch.loop.StatusBoard;
import io.matriarch.loop.Ticker;
import io.matriarch.postgres.GuardSetup;
import io.matriarch.postgres.LocalPostgres;
import io.matriarch.postgres.PostgresSetupException;
import io.matriarch.rest.RestPorts;
import io.matriarch.rest.RestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One agent: its parts put together, started in order, stopped in reverse. */
final class Agent {

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Duration STOPPING = Duration.ofSeconds(14);
    private static final Duration CLOSING = Duration.ofSeconds(3);

    private final CompletableFuture<Effect.Exit> ended = new CompletableFuture<>();
    private final FirstRenewal firstRenewal = new FirstRenewal();
    private final StoreAccess store;
    private final LocalPostgres postgres;
    private final MemberTls memberTls;
    private final HttpPeerProbe peers;
    private final Dcs dcs;
    private final HaLoop loop;
    private final HaDriver driver;
    private final RestServer rest;
    private final StatusBoard board;
    private volatile boolean admitted;

    /** What is in the way is found before anything is opened, so that a refused start leaves nothing behind. */
    private Agent(AgentConfig config, Optional<Path> file, Map<String, String> environment)
            throws IOException, StartupException {
        firstRenewal.begin(config);
        RestServer.requireFree(config.restapi());
        FileModes.requireSecret(config.raft(), config.etcdAdapter());
        FileModes.look(file, config.restapi());
        Ticker ticker = Ticker.system();
        MemberName me = new MemberName(config.name());
        postgres = LocalPostgres.open(config.postgresql(), config.bootstrap(), config.scope(), me,
                config.bootstrap().dcs(), guarding(config));
        Optional<String> obstacle = postgres.obstacle();
        if (obstacle.isPresent()) {
            throw new StartupException("PostgreSQL could not be run: " + obstacle.get());
        }
        LeaderLockKeeper keeper = new LeaderLockKeeper(firstRenewal, ticker, new BootClock());
        firstRenewal.attach(postgres, keeper);
        memberTls = MemberTls.of(config.ctl());
        firstRenewal.awaitHeadStart();
        store = StoreAccess.open(config);
        store.openToEtcdClients(config);
        dcs = new StoreDcs(store.replicated(), ClusterKeys.of(config.namespace(), config.scope()));
        peers = new HttpPeerProbe(ticker, memberTls, config.restapi().authentication());
        board = new StatusBoard(keeper::hold);
        AgentSettings settings = new AgentSettings(config, file, environment, c -> postgres.reconfigure(c.postgresql()));
        SecureRandom chance = new SecureRandom();
        loop = new HaLoop(new HaPorts(dcs, postgres, peers, ticker, InstantSource.system(), settings,
                () -> new LeaseId(1 + chance.nextLong(Long.MAX_VALUE - 1)), board), keeper);
        driver = new HaDriver(loop, keeper, ticker, ended::complete);
        rest = RestServer.start(config.restapi(), new RestPorts(board, ticker, InstantSource.system(), dcs,
                loop.control(), peers, config.scope(), config.name(), Version.SURFACE));
    }

    /**
     * Runs an agent until it ends by itself or is told to.
     *
     * @return the exit code
     * @throws StartupException when it cannot serve
     */
    static int run(AgentConfig config, Optional<Path> file, Map<String, String> environment) throws StartupException {
        // Until there is an agent, nothing runs that would have to be stopped.
        AtomicReference<Runnable> end = new AtomicReference<>(() -> Runtime.getRuntime().halt(0));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end.get().run(), "shutdown"));
        Agent agent;
        try {
            agent = assemble(config, file, environment);
        } catch (StartupException e) {
            end.set(() -> { });
            throw e;
        }
        end.set(agent::endOrderly);
        Signals.onHangup(() -> agent.loop.control().reload());
        agent.admit(config);
        agent.firstRenewal.handOver(agent.dcs);
        agent.driver.start();
        agent.firstRenewal.close();
        if (!agent.postgres.isGuarded()) {
            LOG.warn("PostgreSQL runs without a guard{}: it outlives an agent that is killed or frozen, and goes on accepting"
                    + " writes when another member takes over", config.guard() == GuardMode.OFF ? " (guard: off)" : "");
        }
        agent.store.keepRaftLeaderAway(() -> agent.board.read().filter(s -> s.isLeaderAt(Ticker.system().now())).isPresent());
        Rehearsal.whenRecording(config, environment);
        Effect.Exit exit = agent.ended.join();
        if (exit.code() == 0) {
            LOG.info(exit.message());
        } else {
            LOG.error(PatroniLevel.CRITICAL, exit.message());
        }
        return exit.code();
    }

    private static GuardSetup guarding(AgentConfig config) {
        Optional<Path> home = Optional.ofNullable(System.getProperty("matriarch.home")).map(h -> Path.of(h, "guard"));
        return new GuardSetup(config.guard() == GuardMode.OFF ? Optional.empty() : home, config.watchdog());
    }

    /** @throws StartupException when it must not take part; the process then ends with 1 */
    private void admit(AgentConfig config) throws StartupException {
        try {
            new Admission(dcs, config, postgres, store::silence).await();
            postgres.clearRuins();
            admitted = true;
        } catch (StartupException e) {
            ended.complete(new Effect.Exit(1, e.getMessage()));
            throw e;
        } catch (PostgresSetupException e) {
            ended.complete(new Effect.Exit(1, e.getMessage()));
            throw new StartupException(e.getMessage(), e);
        }
    }

    private static Agent assemble(AgentConfig config, Optional<Path> file, Map<String, String> environment)
            throws StartupException {
        NotYet.refuseFoundingOfStandbyCluster(config);
        try {
            return new Agent(config, file, environment);
        } catch (PostgresSetupException | IOException e) {
            throw new StartupException(e.getMessage(), e);
        }
    }

    /** The end of the process, whoever asked for it. PostgreSQL is stopped first, while the lock can still be given up. */
    private void endOrderly() {
        int code = 0;
        QuietEnd.begin();
        try {
            if (!admitted) {
                ended.complete(new Effect.Exit(0, "ended before it began"));
            }
            loop.shutdown();
            code = ended.get(STOPPING.toSeconds(), TimeUnit.SECONDS).code();
        } catch (TimeoutException e) {
            LOG.error("PostgreSQL did not stop within {} s; the agent ends and leaves it", STOPPING.toSeconds());
            code = 1;
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            LOG.error("interrupted while stopping", e);
            code = 1;
        }
        Thread closing = new Thread(this::close, "close");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(CLOSING.toMillis());
        } catch (InterruptedException e) {
            LOG.warn("interrupted while closing");
        }
        Runtime.getRuntime().halt(code);
    }

    private void close() {
        firstRenewal.close();
        driver.close();
        rest.close();
        peers.close();
        memberTls.close();
        postgres.close();
        dcs.close();
        store.close();
    }
}
