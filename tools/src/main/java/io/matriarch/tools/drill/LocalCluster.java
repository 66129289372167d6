package io.matriarch.tools.drill;

import java.io.IOException;
import io.matriarch.config.HostPort;
import io.matriarch.raft.GroupStatus;
import io.matriarch.raft.RemoteStore;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Several agents on this machine, each a process of its own with its own PostgreSQL. Any thread.
 *
 * <p>Everything is below one directory. After {@link #stopAll} no process is left and none can be started.
 */
public final class LocalCluster implements AutoCloseable {

    /** A scope of its own, so that nobody takes it for a real cluster. */
    public static final String SCOPE = "demo";

    /** What {@code raft.group} is when nothing is said. */
    private static final String RAFT_GROUP = "/service";
    private static final Duration ASK_GROUP = Duration.ofSeconds(3);
    private static final Duration GRACE = Duration.ofSeconds(17);

    /** Every look costs the servers, and the agents with their store, something that is then missing to the cluster. */
    private static final Duration POLL_SQL = Duration.ofMillis(50);
    private static final Duration POLL_REST = Duration.ofMillis(250);

    private final List<LocalAgent> agents = new ArrayList<>();
    private final LocalNetwork network;
    private final AgentYaml.Logins logins;
    private final Path pgpass;
    private final Replication replication;
    private boolean stopped;

    /**
     * What to build.
     *
     * @param dir   an existing, empty directory
     * @param extra lines of YAML added to every configuration at the top level; may be empty
     */
    public record Plan(int size, Path dir, Path binDir, ServerAccount account, AgentLaunch launch,
                       LocalNetwork network, Replication replication, String extra) {

        /** The newest PostgreSQL, loopback, this process' own Java. @throws DrillException without PostgreSQL */
        public static Plan usual(int size, Path dir) {
            PostgresPrograms programs = PostgresPrograms.newest(System.getenv().getOrDefault("PATH", ""))
                    .orElseThrow(() -> new DrillException("no PostgreSQL on this machine"));
            return new Plan(size, dir, programs.binDir(), ServerAccount.choose(), AgentLaunch.thisJava(),
                    LocalNetwork.loopback(), Replication.QUORUM, "");
        }
    }

    private LocalCluster(Plan plan) throws IOException {
        this.network = plan.network();
        this.replication = plan.replication();
        this.logins = new AgentYaml.Logins(secret(), secret(), secret(), secret());
        this.pgpass = plan.dir().resolve("pgpass");
        secretFile(pgpass, "*:*:*:" + AgentYaml.SUPERUSER + ":" + logins.superuser() + "\n", plan.account());
        plan.account().give(plan.dir());
        List<AgentSite> sites = sites(plan);
        AgentYaml yaml = new AgentYaml(SCOPE, plan.binDir(), logins, plan.replication(), plan.extra());
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(1)).build();
        for (int i = 0; i < sites.size(); i++) {
            AgentSite site = sites.get(i);
            Files.createDirectory(site.dir(), PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------")));
            plan.account().give(site.dir());
            secretFile(site.configFile(), yaml.of(site, sites), plan.account());
            List<String> command = new ArrayList<>(network.prefix(i));
            command.addAll(plan.account().prefix());
            command.addAll(plan.launch().agent(site.configFile()));
            agents.add(new LocalAgent(site, command, this::refuseWhenStopped,
                    new NodeSql(site, logins.superuser(), "drill monitor"),
                    new RestDoor(client, site, logins.rest())));
        }
    }

    /** Writes the configuration files; starts nothing. @throws DrillException when that cannot be done */
    public static LocalCluster create(Plan plan) {
        try {
            return new LocalCluster(plan);
        } catch (IOException e) {
            throw new DrillException("cannot write to " + plan.dir() + ": " + e.getMessage(), e);
        }
    }

    /** All agents, running or not. */
    public List<LocalAgent> agents() {
        return List.copyOf(agents);
    }

    /** How it replicates. */
    Replication replication() {
        return replication;
    }

    /** Counted from 0. */
    public LocalAgent agent(int index) {
        return agents.get(index);
    }

    /** By the name of the member. @throws IllegalArgumentException when there is none */
    public LocalAgent agent(String name) {
        return agents.stream().filter(a -> a.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no agent " + name));
    }

    /** Starts every agent and returns at once. */
    public void startAll() {
        agents.forEach(LocalAgent::start);
    }

    /** The agent whose PostgreSQL takes writes now, as the servers themselves say; agents that are cut off do not count. */
    public Optional<LocalAgent> primary() {
        return agents.stream().filter(a -> !a.isCut() && !a.isFrozen() && a.sql().isWritable()).findFirst();
    }

    /** @throws DrillException when there is none in time */
    public LocalAgent awaitPrimary(Duration patience) {
        if (!Wait.until(() -> primary().isPresent(), POLL_SQL, patience)) {
            throw failure("no primary after " + patience.toSeconds() + " s");
        }
        return primary().orElseThrow(() -> failure("the primary is gone again"));
    }

    /** The agent whose peer leads the Raft group, as a majority says; empty while there is none. */
    public Optional<LocalAgent> raftLeader() {
        List<HostPort> peers = agents.stream().map(a -> new HostPort(a.site().host(), a.site().raftPort())).toList();
        try (RemoteStore store = RemoteStore.connect(peers, RAFT_GROUP)) {
            return store.groupStatus(ASK_GROUP).flatMap(status -> status.peers().stream()
                    .filter(GroupStatus.PeerStatus::raftLeader).findFirst())
                    .flatMap(leader -> agents.stream().filter(a -> a.site().host().equals(leader.address().host())
                            && a.site().raftPort() == leader.address().port()).findFirst());
        }
    }

    /** Waits until so many replicas stream from the primary and lag by next to nothing. @throws DrillException in time */
    public LocalAgent awaitStreaming(int replicas, Duration patience) {
        if (!Wait.until(() -> streamTo(replicas).isPresent(), POLL_SQL, patience)) {
            throw failure("no primary with " + replicas + " streaming replicas after " + patience.toSeconds() + " s");
        }
        return streamTo(replicas).orElseGet(() -> awaitPrimary(patience));
    }

    private Optional<LocalAgent> streamTo(int replicas) {
        return primary().filter(p -> p.sql().streaming().size() >= replicas && p.sql().isCaughtUp());
    }

    /** Waits until every agent that is not cut off shows the same finished picture over REST. */
    public void awaitSettled(int members, Duration patience) {
        if (!Wait.until(() -> agents.stream().filter(a -> a.isAlive() && !a.isCut() && !a.isFrozen())
                .allMatch(a -> a.rest().object("/cluster").filter(c -> isSettled(c, members)).isPresent()), POLL_REST, patience)) {
            throw failure("the agents did not settle within " + patience.toSeconds() + " s");
        }
    }

    /** Waits until the loss of any one node loses no acknowledged commit: as many replicas as are to be are synchronous. */
    public void awaitSynchronous(int replicas, Duration patience) {
        int wanted = switch (replication) {
            case ASYNC, ANY -> 0;
            case SYNC -> Math.min(1, replicas);
            case QUORUM -> replicas;
        };
        if (!Wait.until(() -> wanted == 0 || primary().filter(p -> synchronousReplicas(p).size() >= wanted).isPresent(),
                POLL_REST, patience)) {
            throw failure("no " + wanted + " synchronous replicas after " + patience.toSeconds() + " s");
        }
    }

    /** The replicas that commits wait for, as an agent tells it; none when it does not answer. */
    Set<String> synchronousReplicas(LocalAgent asked) {
        Object members = asked.rest().object("/cluster").map(c -> c.get("members")).orElse(List.of());
        return members instanceof List<?> list ? list.stream().filter(m -> m instanceof Map<?, ?> map
                && String.valueOf(map.get("role")).matches("sync_standby|quorum_standby"))
                .map(m -> String.valueOf(((Map<?, ?>) m).get("name"))).collect(Collectors.toSet()) : Set.of();
    }

    private static boolean isSettled(Map<String, Object> cluster, int members) {
        if (!(cluster.get("members") instanceof List<?> list)) {
            return false;
        }
        List<String> states = list.stream().map(m -> m instanceof Map<?, ?> map
                ? map.get("role") + " " + map.get("state") : "").toList();
        long leaders = states.stream().filter("leader running"::equals).count();
        long replicas = states.stream().filter(s -> !s.startsWith("leader ")
                && (s.endsWith(" streaming") || s.endsWith(" running"))).count();
        return leaders == 1 && leaders + replicas >= members;
    }

    /** Drops all packets from and to an agent. */
    public void cut(LocalAgent agent) {
        network.cut(agents.indexOf(agent));
        agent.cut(true);
    }

    /** Ends a cut. */
    public void heal(LocalAgent agent) {
        network.heal(agents.indexOf(agent));
        agent.cut(false);
    }

    /** Where the password of the superuser is, in the format of {@code PGPASSFILE}. */
    public Path passwordFile() {
        return pgpass;
    }

    /** For {@code psql}: finds the primary by itself. */
    public String psqlCommand() {
        return "PGPASSFILE=" + pgpass + " psql \"host=" + hosts() + " port="
                + agents.stream().map(a -> String.valueOf(a.site().postgresPort())).collect(Collectors.joining(","))
                + " user=" + AgentYaml.SUPERUSER + " dbname=postgres target_session_attrs=read-write\"";
    }

    /** For JDBC: finds the primary by itself; the password comes from {@link #passwordFile}. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + agents.stream().map(a -> a.site().host() + ":" + a.site().postgresPort())
                .collect(Collectors.joining(",")) + "/postgres?user=" + AgentYaml.SUPERUSER
                + "&targetServerType=primary";
    }

    /** A writer into this cluster; does not run yet. */
    public SteadyWriter writer(GapMeter meter) {
        return new SteadyWriter(agents.stream()
                .map(a -> new NodeSql(a.site(), logins.superuser(), "drill writer")).toList(), meter);
    }

    /** Stops everything: politely, then by force. May be called again. */
    public void stopAll() {
        synchronized (this) {
            stopped = true;
        }
        agents.stream().filter(LocalAgent::isFrozen).forEach(LocalAgent::thaw);
        agents.forEach(LocalAgent::terminate);
        long deadline = System.nanoTime() + GRACE.toNanos();
        agents.forEach(a -> a.awaitExit((deadline - System.nanoTime()) / 1_000_000));
        agents.forEach(LocalAgent::killNode);
        network.close();
    }

    @Override
    public void close() {
        stopAll();
    }

    /** An error that tells where to look. */
    public DrillException failure(String what) {
        String last = agents.stream().map(a -> "--- " + a.name() + (a.isAlive() ? "" : " (not running)") + ", end of "
                + a.site().log() + "\n" + a.lastWords()).collect(Collectors.joining("\n"));
        return new DrillException(what + "\n" + last);
    }

    private synchronized void refuseWhenStopped() {
        if (stopped) {
            throw new DrillException("stopped");
        }
    }

    private String hosts() {
        return agents.stream().map(a -> a.site().host()).collect(Collectors.joining(","));
    }

    private static List<AgentSite> sites(Plan plan) {
        List<Integer> ports = FreePorts.find(3 * plan.size());
        List<AgentSite> sites = new ArrayList<>();
        for (int i = 0; i < plan.size(); i++) {
            String name = "node" + (i + 1);
            sites.add(new AgentSite(name, plan.network().host(i), ports.get(3 * i), ports.get(3 * i + 1),
                    ports.get(3 * i + 2), plan.dir().resolve(name)));
        }
        return sites;
    }

    private static void secretFile(Path file, String text, ServerAccount account) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
        account.give(file);
    }

    private static String secret() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
