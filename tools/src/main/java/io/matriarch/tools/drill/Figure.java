package io.matriarch.tools.drill;

import java.util.Locale;

/** What a drill measures, and what it is to reach. */
public enum Figure {

    COLD_START("cold start: writable, all replicas streaming", 8.0, Unit.SECONDS),
    SWITCHOVER("planned switchover: no write for", 0.7, Unit.SECONDS),
    POSTMASTER_KILLED("postmaster killed: no write for", 1.0, Unit.SECONDS),
    NODE_KILLED("node killed: no write for", 3.0, Unit.SECONDS),
    NODE_CUT_OFF("node cut off, packets dropped: no write for", 3.0, Unit.SECONDS),
    NODE_BACK("lost node back: streaming again after", 4.0, Unit.SECONDS),
    AGENT_MEMORY("memory of one agent, idle", 130.0, Unit.MEBIBYTES),
    AGENT_CPU("processor of one agent, idle", 1.0, Unit.PERCENT);

    /** How a value is written. */
    private enum Unit { SECONDS, MEBIBYTES, PERCENT }

    private final String label;
    private final double goal;
    private final Unit unit;

    Figure(String label, double goal, Unit unit) {
        this.label = label;
        this.goal = goal;
        this.unit = unit;
    }

    /** What it is, in a few words. */
    public String label() {
        return label;
    }

    /** Whether a value (seconds, MiB, percent of one processor) is good enough. */
    public boolean isReachedBy(double value) {
        return value <= goal;
    }

    /** A value with its unit: short times in milliseconds. */
    public String text(double value) {
        return switch (unit) {
            case SECONDS -> this == COLD_START || this == NODE_BACK
                    ? String.format(Locale.ROOT, "%.1f s", value) : String.format(Locale.ROOT, "%,d ms", Math.round(value * 1000));
            case MEBIBYTES -> String.format(Locale.ROOT, "%.0f MiB", value);
            case PERCENT -> String.format(Locale.ROOT, "%.2f %%", value);
        };
    }

    /** The value to reach. */
    public String goalText() {
        return "<= " + text(goal);
    }
}
