package io.matriarch.tools.drill;

import java.util.Locale;

/** What a drill measures, and what it is to reach. */
public enum Figure {

    COLD_START("cold start: writable, all replicas streaming", 8.0, 8.0, Unit.SECONDS),
    SWITCHOVER("planned switchover: no write for", 0.7, 0.7, Unit.MILLISECONDS),
    POSTMASTER_KILLED("postmaster killed: no write for", 0.5, 1.0, Unit.MILLISECONDS),
    NODE_KILLED("node killed: no write for", 2.6, 3.0, Unit.MILLISECONDS),
    NODE_CUT_OFF("node cut off, packets dropped: no write for", 2.6, 3.0, Unit.MILLISECONDS),
    NODE_BACK("lost node back: streaming again after", 4.0, 4.0, Unit.SECONDS),
    NODE_FROZEN("node frozen, resumed later: no write for", 2.6, 3.5, Unit.MILLISECONDS),
    LATE_COMMITS("resumed old primary: last commit after", 0.05, 0.05, Unit.MILLISECONDS),
    LATE_COMMITS_LOST("resumed old primary: commits that are lost", 0.0, 0.0, Unit.TIMES),
    AGENT_KILLED("agent killed, back after 1 s: no write for", 3.0, 10.0, Unit.MILLISECONDS),
    AGENT_FAILOVERS("failovers by that, of one", 0.1, 1.0, Unit.TIMES),
    RAFT_LEADER_KILLED("Raft leader killed: no write for", 0.5, 3.0, Unit.MILLISECONDS),
    RAFT_LEADER_DEMOTIONS("primaries demoted by that, of one", 0.0, 0.0, Unit.TIMES),
    AGENT_MEMORY("memory of one agent, idle", 130.0, 130.0, Unit.MEBIBYTES),
    AGENT_CPU("processor of one agent, idle", 1.0, 1.0, Unit.PERCENT);

    /** How a value is written. */
    private enum Unit { SECONDS, MILLISECONDS, MEBIBYTES, PERCENT, TIMES }

    private final String label;
    private final double usual;
    private final double worst;
    private final Unit unit;

    /**
     * @param usual what the middle of several is to reach; where things are counted, their mean
     * @param worst what every single one is to reach
     */
    Figure(String label, double usual, double worst, Unit unit) {
        this.label = label;
        this.usual = usual;
        this.worst = worst;
        this.unit = unit;
    }

    /** What it is, in a few words. */
    public String label() {
        return label;
    }

    /** Whether a value (seconds, MiB, percent of one processor, times) is good enough. */
    public boolean isReachedBy(double value) {
        return value <= worst;
    }

    /** Whether the middle value of several and the largest are good enough. */
    public boolean isReachedBy(double middle, double largest) {
        return middle <= usual && largest <= worst;
    }

    /** Whether it counts what happened instead of measuring: then the mean says more than the median. */
    public boolean isCount() {
        return unit == Unit.TIMES;
    }

    /** A value with its unit: short times in milliseconds. */
    public String text(double value) {
        return switch (unit) {
            case SECONDS -> String.format(Locale.ROOT, "%.1f s", value);
            case MILLISECONDS -> String.format(Locale.ROOT, "%,d ms", Math.round(value * 1000));
            case MEBIBYTES -> String.format(Locale.ROOT, "%.0f MiB", value);
            case PERCENT -> String.format(Locale.ROOT, "%.2f %%", value);
            case TIMES -> String.format(Locale.ROOT, "%.2f", value);
        };
    }

    /** The value that each single one is to reach. */
    public String goalText() {
        return "<= " + text(worst);
    }

    /** The values that the middle and the largest are to reach. */
    public String goalsText() {
        return usual == worst ? goalText() : goalText(usual) + " / " + text(worst);
    }

    private String goalText(double value) {
        return "<= " + text(value);
    }
}
