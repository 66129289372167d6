package io.matriarch.simulation;

/** The links between machines: one-way cuts that may overlap, and delays. */
final class Network {

    private final int[][] cuts;
    private final Chance chance;
    private final long meanDelay;
    private Runnable onChange = () -> { };
    private double slowness = 1;

    /** @param meanDelay one way, nanoseconds */
    Network(int machines, long meanDelay, Chance chance) {
        this.cuts = new int[machines][machines];
        this.meanDelay = meanDelay;
        this.chance = chance;
    }

    void onChange(Runnable listener) {
        onChange = listener;
    }

    boolean isUp(int from, int to) {
        return cuts[from][to] == 0;
    }

    /** Whether packets pass both ways. */
    boolean isUpBothWays(int a, int b) {
        return cuts[a][b] == 0 && cuts[b][a] == 0;
    }

    void cut(int from, int to) {
        if (from != to) {
            cuts[from][to]++;
            onChange.run();
        }
    }

    /** Takes one cut back; the link is up when every cut was. */
    void restore(int from, int to) {
        if (from != to && cuts[from][to] > 0) {
            cuts[from][to]--;
            onChange.run();
        }
    }

    void restoreAll() {
        for (int[] row : cuts) {
            java.util.Arrays.fill(row, 0);
        }
        slowness = 1;
        onChange.run();
    }

    void slowDown(double factor) {
        slowness = factor;
    }

    /** The time one packet takes, nanoseconds. */
    long delay(int from, int to) {
        if (from == to) {
            return 20_000;
        }
        return (long) (meanDelay * slowness * chance.between(0.5, 1.5)) + 20_000;
    }
}
