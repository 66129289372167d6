package io.matriarch.tools.drill;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What every fault of a drill is played on: a cluster, a steady writer, and the meter that listens to it. One thread.
 */
final class DrillStage {

    static final Duration PATIENCE = Duration.ofSeconds(90);
    static final double NANOS = 1e9;

    private final LocalCluster cluster;
    private final SteadyWriter writer;
    private final GapMeter meter;
    private final Consumer<String> narration;

    DrillStage(LocalCluster cluster, SteadyWriter writer, GapMeter meter, Consumer<String> narration) {
        this.cluster = cluster;
        this.writer = writer;
        this.meter = meter;
        this.narration = narration;
    }

    LocalCluster cluster() {
        return cluster;
    }

    SteadyWriter writer() {
        return writer;
    }

    void tell(String sentence) {
        narration.accept(sentence);
    }

    int replicas() {
        return cluster.agents().size() - 1;
    }

    /** Waits until the cluster is whole, protected and settled; returns the primary. */
    LocalAgent whole() {
        LocalAgent primary = cluster.awaitStreaming(replicas(), PATIENCE);
        cluster.awaitSynchronous(replicas(), PATIENCE);
        cluster.awaitSettled(cluster.agents().size(), PATIENCE);
        return primary;
    }

    /** Does the fault and waits until the writer writes again over a connection that it opened afterwards. */
    Measurement measure(Figure figure, Runnable fault) {
        meter.begin();
        long began = System.nanoTime();
        fault.run();
        if (!Wait.until(() -> writer.hasWrittenInSessionSince(began), PATIENCE)) {
            throw cluster.failure("no write was acknowledged for " + PATIENCE.toSeconds() + " s");
        }
        return told(figure);
    }

    /** Does what need not end the writer's connection; it has to write on afterwards. */
    Measurement measureCalm(Figure figure, Runnable event) {
        meter.begin();
        event.run();
        long ended = System.nanoTime();
        if (!Wait.until(() -> writer.hasWrittenSince(ended), PATIENCE)) {
            throw cluster.failure("no write was acknowledged for " + PATIENCE.toSeconds() + " s");
        }
        return told(figure);
    }

    private Measurement told(Figure figure) {
        Optional<Duration> gap = meter.longestGap();
        double seconds = gap.orElseThrow().toNanos() / NANOS;
        String primary = cluster.awaitPrimary(PATIENCE).name();
        long rows = writer.acknowledged();
        tell("no write was acknowledged for " + figure.text(seconds) + "; " + primary + " is primary; " + rows
                + " rows acknowledged so far");
        return new Measurement(figure, seconds, rows, primary);
    }
}
