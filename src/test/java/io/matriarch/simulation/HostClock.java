package io.matriarch.simulation;

/**
 * The clocks of one machine: a monotonic one with an arbitrary beginning that runs a little fast or slow, one that goes
 * on while the machine is suspended, and a wall clock that can be set.
 */
final class HostClock {

    private static final long WALL_EPOCH_MILLIS = 1_800_000_000_000L;

    private final double rate;
    private long beginning;
    private long wallOffsetMillis;
    private long sleptBefore;
    private long sleepBegins;
    private long sleepEnds;

    /**
     * @param rate      nanoseconds of this clock in one real nanosecond
     * @param beginning what the monotonic clock shows at time zero
     */
    HostClock(double rate, long beginning) {
        this.rate = rate;
        this.beginning = beginning;
    }

    /** What the monotonic clock shows at a real time: it stands still while the machine is suspended. */
    long at(long real) {
        long sleeping = Math.max(0, Math.min(real, sleepEnds) - sleepBegins);
        return beginning + (long) ((real - sleptBefore - sleeping) * rate);
    }

    /** What the clock shows that goes on while the machine is suspended. */
    long bootAt(long real) {
        return beginning + (long) (real * rate);
    }

    /** The machine is suspended between two real times. */
    void suspend(long from, long until) {
        sleptBefore += sleepEnds - sleepBegins;
        sleepBegins = Math.max(from, sleepEnds);
        sleepEnds = Math.max(sleepBegins, until);
    }

    /** How long a duration of this clock is in real time. */
    long toReal(long local) {
        return (long) (local / rate);
    }

    /** How long a real duration is on this clock. */
    long toLocal(long real) {
        return (long) (real * rate);
    }

    /** Milliseconds of the wall clock. */
    long wallMillis(long real) {
        return WALL_EPOCH_MILLIS + wallOffsetMillis + (long) (real * rate) / 1_000_000;
    }

    void setWall(long jumpMillis) {
        wallOffsetMillis += jumpMillis;
    }

    /** A reboot: the monotonic clock begins anew. */
    void reboot(long newBeginning) {
        sleptBefore = 0;
        sleepBegins = 0;
        sleepEnds = 0;
        beginning = newBeginning;
    }
}
