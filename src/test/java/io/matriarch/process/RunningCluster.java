package io.matriarch.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.tools.drill.AgentLaunch;
import io.matriarch.tools.drill.GapMeter;
import io.matriarch.tools.drill.LocalAgent;
import io.matriarch.tools.drill.LocalCluster;
import io.matriarch.tools.drill.LocalNetwork;
import io.matriarch.tools.drill.Replication;
import io.matriarch.tools.drill.ServerAccount;
import io.matriarch.tools.drill.SteadyWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Three real agents with their PostgreSQL under a steady writer, for one test class. */
final class RunningCluster implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LocalCluster cluster;
    private final SteadyWriter writer;

    private RunningCluster(LocalCluster cluster, SteadyWriter writer) {
        this.cluster = cluster;
        this.writer = writer;
    }

    static RunningCluster start(Path dir, LocalNetwork network) {
        return start(dir, network, LocalCluster.Plan.usual(3, dir).replication());
    }

    static RunningCluster start(Path dir, LocalNetwork network, Replication replication) {
        LocalCluster.Plan usual = LocalCluster.Plan.usual(3, dir);
        ServerAccount account = usual.account();
        LocalCluster cluster = LocalCluster.create(new LocalCluster.Plan(3, dir, usual.binDir(), account,
                AgentLaunch.find(account, dir, text -> { }), network, replication, ""));
        try {
            cluster.startAll();
            LocalAgent primary = cluster.awaitStreaming(2, PATIENCE.plus(PATIENCE));
            SteadyWriter writer = cluster.writer(new GapMeter());
            writer.prepare(primary);
            writer.start();
            cluster.awaitSynchronous(2, PATIENCE);
            return new RunningCluster(cluster, writer);
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    LocalCluster cluster() {
        return cluster;
    }

    LocalAgent primary() {
        return cluster.awaitPrimary(PATIENCE);
    }

    LocalAgent replica() {
        LocalAgent primary = primary();
        return cluster.agents().stream().filter(a -> a != primary && a.isAlive()).findFirst().orElseThrow();
    }

    /** Waits until a write is acknowledged that began from now on. */
    void awaitWrites() {
        long now = System.nanoTime();
        await("a write is acknowledged", () -> writer.hasWrittenSince(now));
    }

    void awaitWhole() {
        cluster.awaitSettled(cluster.agents().size(), PATIENCE);
        cluster.awaitStreaming(cluster.agents().size() - 1, PATIENCE);
        cluster.awaitSynchronous(cluster.agents().size() - 1, PATIENCE);
    }

    void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, () -> cluster.failure("waited in vain: " + what).getMessage());
            Poll.pause();
        }
    }

    /** Nothing that was acknowledged so far is missing on the primary. */
    void assertNothingLost() {
        assertEquals(0, writer.lostOn(primary()), "acknowledged rows that are missing");
    }

    @Override
    public void close() {
        writer.close();
        cluster.close();
    }
}
