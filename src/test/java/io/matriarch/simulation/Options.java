package io.matriarch.simulation;

import io.matriarch.ha.SyncSettings;
import io.matriarch.ha.SyncSettings.Mode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a seed chose. Durations are nanoseconds.
 *
 * @param databases    machines with PostgreSQL
 * @param witnesses    machines with a peer of the consensus group alone
 * @param drift        the clocks run at 1 plus or minus this
 * @param delay        one-way delay of a packet on average
 * @param faults       the kinds that happen
 * @param faultEvery   mean time between two faults
 * @param writeEvery   time between two commits at one server
 */
record Options(int databases, int witnesses, double drift, long delay, Set<Fault> faults, long faultEvery,
               long writeEvery, Store store, Server server, Settings settings) {

    static final long MILLI = 1_000_000;
    static final long SECOND = 1_000 * MILLI;

    Options {
        faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
    }

    /**
     * The consensus group.
     *
     * @param loss             probability that a request, and that an answer, is lost
     * @param lateLanding      probability that a request its sender gave up is committed later
     * @param electionMin      shortest time without a Raft leader
     * @param commit           time to make an entry durable on a majority
     * @param applyLag         how much later than the Raft leader others apply
     * @param everyPeerExpires a defect: not the Raft leader alone proposes an expiry
     * @param expiryFactor     1, or a defect: the part of a lease after which it is expired
     */
    record Store(double loss, double lateLanding, long electionMin, long electionMax, long commit, long applyLag,
                 boolean everyPeerExpires, double expiryFactor) {
    }

    /**
     * PostgreSQL.
     *
     * @param lag     how long a commit is on its way to a replica
     * @param start   time of a start, of crash recovery, of a promotion
     * @param copy    time of a base backup
     * @param orphans probability that a crash leaves a backend that goes on
     * @param guarded whether guards are used
     */
    record Server(long lag, long start, long copy, double orphans, boolean guarded) {
    }

    /** The cluster's settings, in seconds and bytes. */
    record Settings(int ttl, int loopWait, int retryTimeout, double leaderLease, long maximumLag, boolean slots,
                    SyncSettings sync) {
    }

    int machines() {
        return databases + witnesses;
    }


    /** How commits are replicated: half of the seeds do it asynchronously. */
    private static final List<SyncSettings> MODES = List.of(SyncSettings.OFF, SyncSettings.OFF, SyncSettings.OFF,
            SyncSettings.OFF, new SyncSettings(Mode.PRIORITY, false, 1, -1), new SyncSettings(Mode.PRIORITY, true, 2, -1),
            new SyncSettings(Mode.QUORUM, false, 1, -1), new SyncSettings(Mode.QUORUM, true, 1, -1));

    /** The options of a seed. */
    static Options of(long seed) {
        Chance chance = new Chance(seed * 0x9E3779B97F4A7C15L + 1);
        int shape = chance.below(10);
        int databases = shape < 7 ? 3 : shape < 9 ? 2 : 5;
        int witnesses = databases == 2 ? 1 : 0;
        EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
        double density = chance.between(0.15, 0.7);
        for (Fault fault : Fault.values()) {
            if (chance.happens(density)) {
                faults.add(fault);
            }
        }
        return new Options(databases, witnesses, chance.between(0.0, 0.01),
                chance.between(MILLI / 5, 20 * MILLI), faults,
                chance.between(5 * SECOND, 60 * SECOND), chance.between(50 * MILLI, 400 * MILLI),
                store(chance), server(chance), settings(chance));
    }

    private static Store store(Chance chance) {
        double loss = chance.happens(0.7) ? 0 : chance.between(0.001, 0.03);
        return new Store(loss, chance.between(0.0, 1.0), 700 * MILLI, 1_700 * MILLI,
                chance.between(MILLI, 15 * MILLI), chance.between(MILLI, 80 * MILLI), false, 1.0);
    }

    private static Server server(Chance chance) {
        return new Server(chance.between(MILLI, 300 * MILLI), chance.between(100 * MILLI, 1_500 * MILLI),
                chance.between(500 * MILLI, 6 * SECOND), chance.between(0.0, 1.0), chance.happens(0.9));
    }

    private static Settings settings(Chance chance) {
        boolean plain = chance.happens(0.7);
        int loopWait = plain ? 10 : (int) chance.between(2, 10);
        int retry = plain ? 10 : (int) chance.between(3, 10);
        return new Settings(Math.max(30, loopWait + 2 * retry), loopWait, retry, plain ? 2.5 : 2 + chance.between(0, 2.0),
                chance.oneOf(List.of(1_048_576L, 1_048_576L, 65_536L, 16L << 20)), chance.happens(0.8),
                chance.oneOf(MODES));
    }

    Options with(Set<Fault> only) {
        return new Options(databases, witnesses, drift, delay, only, faultEvery, writeEvery, store, server, settings);
    }

    Options with(Store other) {
        return new Options(databases, witnesses, drift, delay, faults, faultEvery, writeEvery, other, server, settings);
    }

    Options with(SyncSettings sync) {
        Settings s = settings;
        return new Options(databases, witnesses, drift, delay, faults, faultEvery, writeEvery, store, server,
                new Settings(s.ttl, s.loopWait, s.retryTimeout, s.leaderLease, s.maximumLag, s.slots, sync));
    }

    Options with(Server other) {
        return new Options(databases, witnesses, drift, delay, faults, faultEvery, writeEvery, store, other, settings);
    }

    Options every(long mean) {
        return new Options(databases, witnesses, drift, delay, faults, mean, writeEvery, store, server, settings);
    }

    /** A quiet cluster of three for stories. */
    static Options quiet() {
        return new Options(3, 0, 0.01, MILLI, EnumSet.noneOf(Fault.class), 3_600 * SECOND, 100 * MILLI,
                new Store(0, 0, 700 * MILLI, 1_700 * MILLI, 2 * MILLI, 5 * MILLI, false, 1.0),
                new Server(5 * MILLI, 200 * MILLI, 800 * MILLI, 0, true), new Settings(30, 10, 10, 2.5, 1_048_576, true, SyncSettings.OFF));
    }

    /** One line for a failure's message. */
    String summary() {
        List<String> parts = new ArrayList<>();
        parts.add(databases + "+" + witnesses + " machines");
        parts.add("fault every " + faultEvery / SECOND + " s of " + faults);
        parts.add(store.toString());
        parts.add(server.toString());
        parts.add(settings.toString());
        return String.join("; ", parts);
    }
}
