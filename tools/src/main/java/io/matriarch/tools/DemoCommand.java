package io.matriarch.tools;

import io.matriarch.tools.drill.Drill;
import io.matriarch.tools.drill.DrillException;
import io.matriarch.tools.drill.FigureTable;
import io.matriarch.tools.drill.GapMeter;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Measurement;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.SteadyWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code demo}: a whole cluster on this machine, its faults, and what a writer went through. */
@Command(name = "demo", sortOptions = false,
        description = "Start three agents with real PostgreSQL on this machine and put them through a drill.")
final class DemoCommand implements Callable<Integer> {

    private static final int AGENTS = 3;

    private final MatriarchCommand root;

    @Option(names = "--keep", description = "Leave the cluster up after the drill, until Ctrl-C.")
    private boolean keep;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where to put everything; kept afterwards. Default: a temporary directory.")
    private Optional<Path> dir = Optional.empty();

    @Option(names = "--bin-dir", paramLabel = "DIR", description = "Where PostgreSQL's programs are. Default: the newest one found.")
    private Optional<Path> binDir = Optional.empty();

    @Mixin
    private HelpOption help;

    DemoCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Narrator narrator = new Narrator(root.context().terminal());
        narrator.say("Matriarch demo: three agents with embedded Raft, three PostgreSQL servers, one drill.");
        try (DrillGround ground = DrillGround.prepare(narrator, dir, binDir)) {
            try {
                return run(ground, narrator);
            } catch (DrillException e) {
                ground.failed(e);
                return 1;
            }
        } catch (DrillException e) {
            return narrator.failed(e);
        }
    }

    private int run(DrillGround ground, Narrator narrator) {
        narrator.say("A commit waits for any one replica (PostgreSQL's own synchronous_standby_names)");
        LocalCluster cluster = ground.cluster(AGENTS, LocalNetwork.loopback(), Replication.ANY);
        GapMeter meter = new GapMeter();
        List<Measurement> measured = new ArrayList<>();
        long lost;
        try (SteadyWriter writer = cluster.writer(meter)) {
            Drill drill = new Drill(cluster, writer, meter, narrator::step);
            narrator.chapter("Cold start");
            measured.add(drill.coldStart());
            cluster.awaitSettled(AGENTS, Duration.ofSeconds(60));
            narrator.text(members(cluster));
            doors(cluster, narrator);
            narrator.chapter("Drill, under a writer that commits one row after the other");
            writer.prepare(cluster.awaitPrimary(Duration.ofSeconds(30)));
            writer.start();
            measured.add(drill.switchover());
            measured.add(drill.killPostmaster());
            measured.add(drill.killNode());
            measured.add(drill.nodeReturns());
            lost = drill.lostRows();
            narrator.text(members(cluster));
        }
        narrator.chapter("Result");
        narrator.text(FigureTable.drill(measured));
        narrator.say("  rows acknowledged " + measured.get(measured.size() - 1).acknowledged() + ", lost rows " + lost);
        if (keep) {
            playground(cluster, narrator);
        }
        return lost == 0 ? 0 : 1;
    }

    private static void doors(LocalCluster cluster, Narrator narrator) {
        narrator.say("");
        for (LocalAgent agent : cluster.agents()) {
            narrator.say("  REST   " + agent.name() + "  " + agent.site().restUrl()
                    + "  (try /primary, /replica, /cluster, /patroni)");
        }
        narrator.say("  psql   " + cluster.psqlCommand());
        narrator.say("  JDBC   " + cluster.jdbcUrl());
        narrator.say("         with PGPASSFILE=" + cluster.passwordFile());
        String home = System.getProperty("matriarch.home");
        narrator.say("  list   " + (home == null ? "matriarch" : home + "/bin/matriarch") + " -c " + cluster.agent(0).site().configFile() + " list");
    }

    private static void playground(LocalCluster cluster, Narrator narrator) {
        narrator.chapter("The cluster stays up; Ctrl-C stops it");
        doors(cluster, narrator);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The table of {@code list}, as the first agent that answers tells it. */
    private static String members(LocalCluster cluster) {
        for (LocalAgent agent : cluster.agents()) {
            Optional<Map<String, Object>> document = agent.rest().object("/cluster");
            Optional<Map<String, Object>> status = agent.rest().object("/patroni");
            if (document.isPresent() && status.isPresent()) {
                String identifier = String.valueOf(status.get().getOrDefault("database_system_identifier", ""));
                return new MemberTable(LocalCluster.SCOPE, identifier, new LinkedHashMap<>(document.get()),
                        OutputFormat.PRETTY, false).render();
            }
        }
        return "(no agent answers)\n";
    }
}
