package io.matriarch.tools;

import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.DrillException;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.PostgresInstall;
import io.matriarch.tools.drill.PostgresPrograms;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.ServerAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything a drill stands on: PostgreSQL, the user to run as, a directory, and the promise that nothing is left behind,
 * also when the operator interrupts.
 */
final class DrillGround implements AutoCloseable {

    private final Narrator narrator;
    private final PostgresPrograms programs;
    private final ServerAccount account;
    private final Path dir;
    private final Thread atExit = new Thread(this::interrupted, "drill-exit");
    private boolean keepFiles;
    private AgentLaunch launch;
    private LocalCluster current;
    private int clusters;

    private DrillGround(Narrator narrator, PostgresPrograms programs, ServerAccount account, Path dir, boolean keepFiles) {
        this.narrator = narrator;
        this.programs = programs;
        this.account = account;
        this.dir = dir;
        this.keepFiles = keepFiles;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** @throws DrillException when something is missing, with the way out */
    static DrillGround prepare(Narrator narrator, Optional<Path> dir, Optional<Path> binDir) {
        PostgresPrograms programs = binDir.isPresent()
                ? PostgresPrograms.at(binDir.get().toAbsolutePath()).orElseThrow(() -> new DrillException(
                "there is no PostgreSQL 13 or newer in " + binDir.get()))
                : new PostgresInstall(narrator::say).find();
        narrator.say("PostgreSQL " + programs.version() + " from " + programs.binDir());
        ServerAccount account = ServerAccount.choose();
        account.dropTo().ifPresent(user -> narrator.say("PostgreSQL refuses to run as root, so agents and servers run as user "
                + user));
        Path place = directory(account, dir);
        narrator.say("Everything of this run is in " + place);
        return new DrillGround(narrator, programs, account, place, dir.isPresent());
    }

    /** A new cluster, not started yet. There is one at a time: stop the one before. */
    synchronized LocalCluster cluster(int size, LocalNetwork network, Replication replication) {
        try {
            launch = launch == null ? AgentLaunch.find(account, dir, narrator::say) : launch;
            Path place = Files.createDirectory(dir.resolve("run" + ++clusters));
            current = LocalCluster.create(new LocalCluster.Plan(size, place, programs.binDir(), account, launch, network,
                    replication, ""));
            return current;
        } catch (IOException e) {
            throw new DrillException("cannot create a directory in " + dir + ": " + e.getMessage(), e);
        }
    }

    /** Tells of a failure and keeps the files, which show what happened. */
    synchronized void failed(DrillException e) {
        narrator.failed(e);
        narrator.say("The files of this run are kept in " + dir);
        keepFiles = true;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The operator has interrupted; the hook does the rest.
            return;
        }
        stop();
    }

    private void interrupted() {
        narrator.say("");
        narrator.step("stopping everything");
        narrator.hush();
        try {
            stop();
        } catch (DrillException e) {
            System.err.println("Error: " + e.getMessage());
        }
    }

    private synchronized void stop() {
        if (current != null) {
            current.stopAll();
        }
        if (!keepFiles) {
            delete(dir);
        }
    }

    private static Path directory(ServerAccount account, Optional<Path> wanted) {
        try {
            if (wanted.isPresent()) {
                Path dir = Files.createDirectories(wanted.get().toAbsolutePath().normalize());
                try (Stream<Path> content = Files.list(dir)) {
                    if (content.findAny().isPresent()) {
                        throw new DrillException(dir + " is not empty; give another --dir");
                    }
                }
                account.own(dir);
                return dir.toRealPath();
            }
            for (String parent : List.of(System.getProperty("java.io.tmpdir"), "/tmp", "/var/tmp")) {
                Path dir = Files.createTempDirectory(Path.of(parent), "matriarch-");
                account.own(dir);
                if (account.canRead(dir)) {
                    return dir.toRealPath();
                }
                Files.delete(dir);
            }
            throw new DrillException("found no directory the servers may use; give one with --dir");
        } catch (IOException e) {
            throw new DrillException("cannot create a directory: " + e.getMessage(), e);
        }
    }

    private static void delete(Path dir) {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new DrillException("cannot remove " + dir + ": " + e.getMessage(), e);
        }
    }
}
