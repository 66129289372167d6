package io.matriarch.agent;

import io.matriarch.config.ConfigException;
import io.matriarch.config.ConfigLoader;
import io.matriarch.config.LoadedWitness;
import io.matriarch.raft.PeerOptions;
import io.matriarch.raft.RaftStartException;
import io.matriarch.raft.RatisPeer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code matriarch witness CONFIG}: a voter of the consensus group without PostgreSQL. */
@Command(name = "witness", description = "Run a voter without PostgreSQL in the foreground.", sortOptions = false)
final class WitnessCommand implements Callable<Integer> {

    @Parameters(arity = "0..1", paramLabel = "CONFIG", description = "YAML file with a section raft, or a directory.")
    private Path config;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        LoadedWitness loaded;
        try {
            loaded = ConfigLoader.loadWitness(Optional.ofNullable(config), System.getenv());
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            return 1;
        }
        Logger log = LoggerFactory.getLogger(WitnessCommand.class);
        loaded.warnings().forEach(log::warn);
        try {
            FileModes.requireSecret(Optional.of(loaded.config().raft()), loaded.config().etcdAdapter());
            RatisPeer peer = RatisPeer.start(loaded.config().raft(), PeerOptions.standard());
            Optional<EtcdDoor> adapter = EtcdDoor.open(loaded.config().etcdAdapter(), loaded.config().raft(), peer,
                    "witness-" + loaded.config().raft().selfAddr().orElseThrow());
            AtomicInteger code = new AtomicInteger();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                QuietEnd.begin();
                adapter.ifPresent(EtcdDoor::close);
                peer.close();
                Runtime.getRuntime().halt(code.get());
            }, "shutdown"));
            log.info("Witness of group {} listening for peers", loaded.config().raft().group());
            // a witness that is out of its group has no purpose; one that a new start cures is started by its supervisor
            code.set(peer.ended().join().curedByRestart() ? 1 : 0);
            return code.get();
        } catch (RaftStartException | StartupException e) {
            log.error(e.getMessage());
            return 1;
        }
    }
}
