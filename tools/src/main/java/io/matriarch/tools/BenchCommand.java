package io.matriarch.tools;

import io.matriarch.tools.bench.BenchException;
import io.matriarch.tools.bench.StoreBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: the store beside etcd. */
@Command(name = "bench", sortOptions = false,
        description = {"Start three members of etcd and three of this store on this machine and measure both in turn.",
            "Prints medians; a ratio above 1 is more than etcd's."})
final class BenchCommand implements Callable<Integer> {

    private final MatriarchCommand root;

    @Parameters(paramLabel = "WHAT", description = "What to measure: store.")
    private String what;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Runs of each load on each store; 5 by default.")
    private int rounds;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "3", description = "Length of a run; 3 by default.")
    private int seconds;

    @Option(names = "--kills", paramLabel = "N", defaultValue = "20", description = "How often a Raft leader is killed; 20 by default.")
    private int kills;

    @Option(names = "--puts", paramLabel = "N", defaultValue = "1000000", description = "Puts of the long run; a million by default, 0 for none.")
    private long puts;

    @Option(names = "--etcd", paramLabel = "FILE", defaultValue = "/usr/bin/etcd", description = "The program etcd; /usr/bin/etcd by default.")
    private Path etcd;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where to put the data. Default: a temporary directory, deleted afterwards.")
    private Optional<Path> dir = Optional.empty();

    @Mixin
    private HelpOption help;

    BenchCommand(MatriarchCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (!what.equals("store")) {
            throw new UsageError("'" + what + "' cannot be measured; what can is: store.");
        }
        if (rounds < 1 || seconds < 1 || kills < 0 || puts < 0) {
            throw new UsageError("--rounds and --seconds are at least 1, --kills and --puts at least 0.");
        }
        if (!Files.isExecutable(etcd)) {
            throw new UsageError("There is no etcd at " + etcd + "; on Debian: apt-get install -y etcd-server");
        }
        Narrator narrator = new Narrator(root.context().terminal());
        try {
            Path data = dir.isPresent() ? Files.createDirectories(dir.get()) : Files.createTempDirectory("matriarch-bench");
            try (StoreBench bench = new StoreBench(new StoreBench.Plan(data.toAbsolutePath(), etcd, launcher(), rounds, seconds, kills, puts),
                    narrator::say)) {
                bench.run();
            } finally {
                if (dir.isEmpty()) {
                    delete(data);
                }
            }
            return 0;
        } catch (BenchException | IOException e) {
            return narrator.failed(e);
        }
    }

    private static List<String> launcher() throws IOException {
        String home = System.getProperty("matriarch.home");
        if (home == null) {
            throw new IOException("this command has to be started by the launcher, tools/matriarch");
        }
        return List.of(Path.of(home, "bin", "matriarch").toString(), "etcd");
    }

    private static void delete(Path data) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(data)) {
            all = files.sorted(java.util.Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
