package io.matriarch.tools;

import io.matriarch.tools.drill.Drill;
import io.matriarch.tools.drill.DrillException;
import io.matriarch.tools.drill.FigureTable;
import io.matriarch.tools.drill.GapMeter;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Measurement;
import io.matriarch.tools.drill.NamespaceNetwork;
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

    @Option(names = "--netns", description = {"Put every agent into a network namespace of its own and also lose nodes by",
        "dropping their packets. Needs root, iproute2 and nftables."})
    private boolean namespaces;

    @Option(names = "--idle", paramLabel = "SECONDS", defaultValue = "20",
            description = "How long to look at idle agents in each round; 20 by default.")
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
        if (rounds < 1 || rounds > 1000 || idleSeconds < 1 || idleSeconds > 3600 || settleSeconds < 0
                || settleSeconds > 36_000) {
            throw new UsageError("--rounds is 1 to 1000, --idle 1 to 3600, --settle 0 to 36000 seconds.");
        }
        Narrator narrator = new Narrator(root.context().terminal());
        narrator.say("Matriarch gameday: " + rounds + (rounds == 1 ? " round" : " rounds")
                + ", each on a new cluster of " + AGENTS + " agents.");
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
        List<Measurement> measured = new ArrayList<>();
        long rows = 0;
        long lost = 0;
        for (int round = 1; round <= rounds; round++) {
            narrator.chapter("Round " + round + " of " + rounds);
            Tally tally = round(ground, narrator);
            measured.addAll(tally.measured());
            rows += tally.acknowledged();
            lost += tally.lost();
        }
        narrator.chapter("Result of " + rounds + (rounds == 1 ? " round" : " rounds"));
        narrator.text(FigureTable.rounds(measured));
        narrator.say("  rows acknowledged " + rows + ", lost rows " + lost);
        return lost == 0 && measured.stream().allMatch(Measurement::isReached) ? 0 : 1;
    }

    private record Tally(List<Measurement> measured, long acknowledged, long lost) {
    }

    private Tally round(DrillGround ground, Narrator narrator) {
        GapMeter meter = new GapMeter();
        List<Measurement> measured = new ArrayList<>();
        try (LocalNetwork network = namespaces ? NamespaceNetwork.create(AGENTS) : LocalNetwork.loopback();
             LocalCluster cluster = ground.cluster(AGENTS, network); SteadyWriter writer = cluster.writer(meter)) {
            Drill drill = new Drill(cluster, writer, meter, narrator::step);
            measured.add(drill.coldStart());
            measured.addAll(drill.idle(Duration.ofSeconds(settleSeconds), Duration.ofSeconds(idleSeconds)));
            writer.prepare(cluster.awaitPrimary(Duration.ofSeconds(30)));
            writer.start();
            measured.add(drill.switchover());
            measured.add(drill.killPostmaster());
            measured.add(drill.killNode());
            measured.add(drill.nodeReturns());
            if (network.canCut()) {
                measured.add(drill.cutNodeOff());
                drill.nodeReturns();
            }
            long lost = drill.lostRows();
            narrator.step("rows acknowledged " + meter.count() + ", lost rows " + lost);
            return new Tally(measured, meter.count(), lost);
        }
    }
}
