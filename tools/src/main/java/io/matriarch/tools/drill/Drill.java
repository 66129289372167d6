package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The faults, one by one, each measured by what a steady writer went through. Before each fault the cluster is whole and
 * settled. One thread.
 */
public final class Drill {

    private static final Duration PATIENCE = DrillStage.PATIENCE;
    private static final double NANOS = DrillStage.NANOS;

    private final DrillStage stage;
    private final LocalCluster cluster;
    private LocalAgent lost;

    /** @param narration told in a sentence what is being done and what came of it */
    public Drill(LocalCluster cluster, SteadyWriter writer, GapMeter meter, Consumer<String> narration) {
        this.stage = new DrillStage(cluster, writer, meter, narration);
        this.cluster = cluster;
    }

    /** The faults that tempt a cluster to have two primaries, on the same cluster and the same writer. */
    public SafetyDrill safety() {
        return new SafetyDrill(stage);
    }

    /** Starts every agent of a new cluster and waits until all replicas stream. */
    public Measurement coldStart() {
        long began = System.nanoTime();
        cluster.startAll();
        stage.tell("started " + String.join(", ", cluster.agents().stream().map(LocalAgent::name).toList())
                + "; the Raft group forms");
        LocalAgent primary = cluster.awaitPrimary(PATIENCE);
        stage.tell(primary.name() + " founded the cluster and accepts writes");
        cluster.awaitStreaming(stage.replicas(), PATIENCE);
        double seconds = (System.nanoTime() - began) / NANOS;
        stage.tell(String.join(" and ", primary.sql().streaming()) + " stream from it");
        return new Measurement(Figure.COLD_START, seconds, 0, primary.name());
    }

    /** Has the primary moved to a replica over the REST API. */
    public Measurement switchover() {
        LocalAgent from = stage.whole();
        LocalAgent to = candidate(from);
        stage.tell("POST /switchover: from " + from.name() + " to " + to.name());
        return stage.measure(Figure.SWITCHOVER, () -> {
            RestDoor.Reply reply = from.rest().post("/switchover", Map.of("leader", from.name(), "candidate",
                    to.name())).orElseThrow(() -> cluster.failure(from.name() + " did not answer the switchover"));
            if (reply.status() != 200) {
                throw cluster.failure("the switchover was refused with " + reply.status() + ": " + reply.text());
            }
        });
    }

    /** A replica that may take over: where commits wait for one, that one. */
    private LocalAgent candidate(LocalAgent primary) {
        List<LocalAgent> replicas = cluster.agents().stream().filter(a -> a != primary).toList();
        Set<String> synchronous = cluster.synchronousReplicas(primary);
        return replicas.stream().filter(a -> synchronous.contains(a.name())).findFirst().orElse(replicas.get(0));
    }

    /** Kills the postmaster of the primary. */
    public Measurement killPostmaster() {
        LocalAgent primary = stage.whole();
        stage.tell("kill -9 of the postmaster of " + primary.name());
        return stage.measure(Figure.POSTMASTER_KILLED, primary::killPostmaster);
    }

    /** Kills the agent of the primary and all processes of its PostgreSQL at once. */
    public Measurement killNode() {
        LocalAgent primary = stage.whole();
        lost = primary;
        stage.tell("kill -9 of everything on " + primary.name() + ": the agent and PostgreSQL");
        return stage.measure(Figure.NODE_KILLED, primary::killNode);
    }

    /** Drops all packets of the primary's node. */
    public Measurement cutNodeOff() {
        LocalAgent primary = stage.whole();
        lost = primary;
        stage.tell("dropping every packet from and to " + primary.name());
        return stage.measure(Figure.NODE_CUT_OFF, () -> cluster.cut(primary));
    }

    /** Brings back the node that was lost last and waits until it streams. */
    public Measurement nodeReturns() {
        LocalAgent back = Objects.requireNonNull(lost, "no node was lost");
        cluster.awaitStreaming(stage.replicas() - 1, PATIENCE);
        long began = System.nanoTime();
        if (back.isCut()) {
            stage.tell("packets of " + back.name() + " pass again");
            cluster.heal(back);
        } else {
            stage.tell("starting " + back.name() + " again");
            back.start();
        }
        if (!Wait.until(() -> cluster.primary().filter(p -> p.sql().streaming().contains(back.name())).isPresent(),
                Duration.ofMillis(50), PATIENCE)) {
            throw cluster.failure(back.name() + " does not stream " + PATIENCE.toSeconds() + " s after its return");
        }
        double seconds = (System.nanoTime() - began) / NANOS;
        lost = null;
        String primary = cluster.awaitPrimary(PATIENCE).name();
        stage.tell(back.name() + " streams from " + primary + " again after "
                + Figure.NODE_BACK.text(seconds));
        return new Measurement(Figure.NODE_BACK, seconds, stage.writer().acknowledged(), primary);
    }

    /** Stops the writer and counts rows that were acknowledged and are not there. */
    public long lostRows() {
        stage.writer().close();
        return stage.writer().lostOn(stage.whole());
    }

    /**
     * Memory and processor time of the agents while nothing happens; waits for {@code settle}, then measures for
     * {@code length}.
     */
    public List<Measurement> idle(Duration settle, Duration length) {
        String primary = stage.whole().name();
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
}
