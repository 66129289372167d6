package io.matriarch.tools;

import io.matriarch.tools.drill.Drill;
import io.matriarch.tools.drill.DrillException;
import io.matriarch.tools.drill.FigureTable;
import io.matriarch.tools.drill.GapMeter;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Measurement;
import io.matriarch.tools.drill.NamespaceNetwork;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.SafetyDrill;
import io.matriarch.tools.drill.SteadyWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gameday}: the drill again and again, as a benchmark. */
@Command(name = "gameday", sortOptions = false,
        description = "Repeat the drill on new clusters; print median and maximum of what is measured.")
final class GamedayCommand implements Callable<Integer> {

    private static final int AGENTS = 3;

    private final MatriarchCommand root;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "How many times; 5 by default.")
    private int rounds;

    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "QUORUM",
            description = "How the cluster replicates: async, sync or quorum (synchronous_mode off, on, quorum), or any (PostgreSQL's own setting); quorum by default.")
    private Replication mode;

    @Option(names = "--raft-leader-kills", paramLabel = "N", defaultValue = "0",
            description = "After the rounds: how often the Raft leader dies on one more cluster; 0 by default.")
    private int raftLeaderKills;

    @Option(names = "--netns", description = {"Put every agent into a network namespace of its own and also lose nodes by",
        "dropping their packets. Needs root, iproute2 and nftables."})
    private boolean namespaces;

    @Option(names = "--idle", paramLabel = "SECONDS", defaultValue = "20",
            description = "How long to look at idle agents in each round, 0 for not at all; 20 by default.")
    private int idleSeconds;

    @Option(names = "--settle", paramLabel = "SECONDS", defaultValue = "60",
            description = "How long agents come to rest before that, while Java still compiles what runs often; 60 by default.")
    private int settleSeconds;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where to put everything; kept afterwards. Default: a temporary directory.")
    private Optional<Path> dir = Optional.empty();

    @Option(names = "--bin-dir", paramLabel = "DIR", description = "Where PostgreSQL's programs are. Default: the newest one found.")
    private Optional<Path> binDir = Optional.empty();

    @Mixin
    private HelpOption help;

    GamedayCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (rounds < 1 || rounds > 1000 || idleSeconds < 0 || idleSeconds > 3600 || raftLeaderKills < 0 || raftLeaderKills > 10_000 || settleSeconds < 0
                || settleSeconds > 36_000) {
            throw new UsageError("--rounds is 1 to 1000, --idle 0 to 3600, --settle 0 to 36000 seconds, --raft-leader-kills 0 to 10000.");
        }
        Narrator narrator = new Narrator(root.context().terminal());
        narrator.say("Matriarch gameday: " + rounds + (rounds == 1 ? " round" : " rounds")
                + ", each on a new cluster of " + AGENTS + " agents, replication " + mode + ".");
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
        List<Tally> tallies = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            narrator.chapter("Round " + round + " of " + rounds);
            tallies.add(onNewCluster(ground, narrator, this::round));
        }
        if (raftLeaderKills > 0) {
            narrator.chapter("Raft leaders");
            tallies.add(onNewCluster(ground, narrator, this::raftLeaders));
        }
        List<Measurement> measured = tallies.stream().flatMap(t -> t.measured().stream()).toList();
        long lost = tallies.stream().mapToLong(Tally::lost).sum();
        long late = tallies.stream().mapToLong(Tally::late).sum();
        narrator.chapter("Result of " + rounds + (rounds == 1 ? " round" : " rounds") + ", replication " + mode);
        narrator.text(FigureTable.rounds(measured));
        narrator.say("  rows acknowledged " + tallies.stream().mapToLong(Tally::acknowledged).sum() + ", lost rows " + lost
                + "; of clients that stayed with a frozen primary " + late);
        boolean kept = !mode.losesNothing() || lost == 0 && late == 0;
        return kept && FigureTable.isReached(measured) ? 0 : 1;
    }

    private record Tally(List<Measurement> measured, long acknowledged, long lost, long late) {
    }

    /** What is done on one cluster. */
    private interface Programme {

        void play(Drill drill, SafetyDrill safety, LocalNetwork network, List<Measurement> measured);
    }

    private Tally onNewCluster(DrillGround ground, Narrator narrator, Programme programme) {
        GapMeter meter = new GapMeter();
        List<Measurement> measured = new ArrayList<>();
        try (LocalNetwork network = namespaces ? NamespaceNetwork.create(AGENTS) : LocalNetwork.loopback();
             LocalCluster cluster = ground.cluster(AGENTS, network, mode); SteadyWriter writer = cluster.writer(meter)) {
            Drill drill = new Drill(cluster, writer, meter, narrator::step);
            SafetyDrill safety = drill.safety();
            measured.add(drill.coldStart());
            if (idleSeconds > 0) {
                measured.addAll(drill.idle(Duration.ofSeconds(settleSeconds), Duration.ofSeconds(idleSeconds)));
            }
            writer.prepare(cluster.awaitPrimary(Duration.ofSeconds(30)));
            writer.start();
            programme.play(drill, safety, network, measured);
            long lost = drill.lostRows();
            narrator.step("rows acknowledged " + meter.count() + ", lost rows " + lost);
            return new Tally(measured, meter.count(), lost, safety.lost());
        }
    }

    private void round(Drill drill, SafetyDrill safety, LocalNetwork network, List<Measurement> measured) {
        measured.add(drill.switchover());
        measured.add(drill.killPostmaster());
        measured.add(drill.killNode());
        measured.add(drill.nodeReturns());
        if (network.canCut()) {
            measured.add(drill.cutNodeOff());
            drill.nodeReturns();
        }
        measured.addAll(safety.freezeNode());
        measured.addAll(safety.killAgent());
    }

    private void raftLeaders(Drill drill, SafetyDrill safety, LocalNetwork network, List<Measurement> measured) {
        for (int i = 0; i < raftLeaderKills; i++) {
            measured.addAll(safety.killRaftLeader());
        }
    }
}
