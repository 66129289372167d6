package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The faults, one by one, each measured by what a steady writer went through. Before each fault the cluster is whole and
 * settled. One thread.
 */
public final class Drill {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final double NANOS = 1e9;

    private final LocalCluster cluster;
    private final SteadyWriter writer;
    private final GapMeter meter;
    private final Consumer<String> narration;
    private LocalAgent lost;

    /** @param narration told in a sentence what is being done and what came of it */
    public Drill(LocalCluster cluster, SteadyWriter writer, GapMeter meter, Consumer<String> narration) {
        this.cluster = cluster;
        this.writer = writer;
        this.meter = meter;
        this.narration = narration;
    }

    /** Starts every agent of a new cluster and waits until all replicas stream. */
    public Measurement coldStart() {
        long began = System.nanoTime();
        cluster.startAll();
        narration.accept("started " + String.join(", ", cluster.agents().stream().map(LocalAgent::name).toList())
                + "; the Raft group forms");
        LocalAgent primary = cluster.awaitPrimary(PATIENCE);
        narration.accept(primary.name() + " founded the cluster and accepts writes");
        cluster.awaitStreaming(replicas(), PATIENCE);
        double seconds = (System.nanoTime() - began) / NANOS;
        narration.accept(String.join(" and ", primary.sql().streaming()) + " stream from it");
        return new Measurement(Figure.COLD_START, seconds, 0, primary.name());
    }

    /** Has the primary moved to a replica over the REST API. */
    public Measurement switchover() {
        LocalAgent from = whole();
        LocalAgent to = cluster.agents().stream().filter(a -> a != from).findFirst().orElseThrow();
        narration.accept("POST /switchover: from " + from.name() + " to " + to.name());
        return measure(Figure.SWITCHOVER, () -> {
            RestDoor.Reply reply = from.rest().post("/switchover", Map.of("leader", from.name(), "candidate",
                    to.name())).orElseThrow(() -> cluster.failure(from.name() + " did not answer the switchover"));
            if (reply.status() != 200) {
                throw cluster.failure("the switchover was refused with " + reply.status() + ": " + reply.text());
            }
        });
    }

    /** Kills the postmaster of the primary. */
    public Measurement killPostmaster() {
        LocalAgent primary = whole();
        narration.accept("kill -9 of the postmaster of " + primary.name());
        return measure(Figure.POSTMASTER_KILLED, primary::killPostmaster);
    }

    /** Kills the agent of the primary and all processes of its PostgreSQL at once. */
    public Measurement killNode() {
        LocalAgent primary = whole();
        lost = primary;
        narration.accept("kill -9 of everything on " + primary.name() + ": the agent and PostgreSQL");
        return measure(Figure.NODE_KILLED, primary::killNode);
    }

    /** Drops all packets of the primary's node. */
    public Measurement cutNodeOff() {
        LocalAgent primary = whole();
        lost = primary;
        narration.accept("dropping every packet from and to " + primary.name());
        return measure(Figure.NODE_CUT_OFF, () -> cluster.cut(primary));
    }

    /** Brings back the node that was lost last and waits until it streams. */
    public Measurement nodeReturns() {
        LocalAgent back = Objects.requireNonNull(lost, "no node was lost");
        cluster.awaitStreaming(replicas() - 1, PATIENCE);
        long began = System.nanoTime();
        if (back.isCut()) {
            narration.accept("packets of " + back.name() + " pass again");
            cluster.heal(back);
        } else {
            narration.accept("starting " + back.name() + " again");
            back.start();
        }
        if (!Wait.until(() -> cluster.primary().filter(p -> p.sql().streaming().contains(back.name())).isPresent(),
                Duration.ofMillis(50), PATIENCE)) {
            throw cluster.failure(back.name() + " does not stream " + PATIENCE.toSeconds() + " s after its return");
        }
        double seconds = (System.nanoTime() - began) / NANOS;
        lost = null;
        String primary = cluster.awaitPrimary(PATIENCE).name();
        narration.accept(back.name() + " streams from " + primary + " again after "
                + Figure.NODE_BACK.text(seconds));
        return new Measurement(Figure.NODE_BACK, seconds, writer.acknowledged(), primary);
    }

    /** Stops the writer and counts rows that were acknowledged and are not there. */
    public long lostRows() {
        writer.close();
        return writer.lostOn(whole());
    }

    /**
     * Memory and processor time of the agents while nothing happens; waits for {@code settle}, then measures for
     * {@code length}.
     */
    public List<Measurement> idle(Duration settle, Duration length) {
        String primary = whole().name();
        Wait.pause(settle);
        List<Long> pids = cluster.agents().stream().map(LocalAgent::pid).toList();
        List<Duration> before = pids.stream().map(ProcessTable::processorTime).toList();
        long began = System.nanoTime();
        Wait.pause(length);
        double seconds = (System.nanoTime() - began) / NANOS;
        double percent = 0;
        double mebibytes = 0;
        for (int i = 0; i < pids.size(); i++) {
            Duration used = ProcessTable.processorTime(pids.get(i)).minus(before.get(i));
            percent = Math.max(percent, used.toNanos() / NANOS / seconds * 100);
            mebibytes = Math.max(mebibytes, ProcessTable.proportionalKib(pids.get(i)).orElseThrow(() ->
                    new DrillException("the memory of the agents cannot be read")) / 1024.0);
        }
        return List.of(new Measurement(Figure.AGENT_MEMORY, mebibytes, 0, primary),
                new Measurement(Figure.AGENT_CPU, percent, 0, primary));
    }

    private int replicas() {
        return cluster.agents().size() - 1;
    }

    private LocalAgent whole() {
        LocalAgent primary = cluster.awaitStreaming(replicas(), PATIENCE);
        cluster.awaitSettled(cluster.agents().size(), PATIENCE);
        return primary;
    }

    private Measurement measure(Figure figure, Runnable fault) {
        meter.begin();
        long began = System.nanoTime();
        fault.run();
        if (!Wait.until(() -> writer.hasWrittenInSessionSince(began), PATIENCE)) {
            throw cluster.failure("no write was acknowledged for " + PATIENCE.toSeconds() + " s");
        }
        Optional<Duration> gap = meter.longestGap();
        double seconds = gap.orElseThrow().toNanos() / NANOS;
        String primary = cluster.awaitPrimary(PATIENCE).name();
        long rows = writer.acknowledged();
        narration.accept("no write was acknowledged for " + figure.text(seconds) + "; " + primary
                + " is primary; " + rows + " rows acknowledged so far");
        return new Measurement(figure, seconds, rows, primary);
    }
}
