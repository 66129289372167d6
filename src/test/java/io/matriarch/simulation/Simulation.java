package io.matriarch.simulation;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One simulation from its seed to its end: faults for ten minutes, then healing. */
final class Simulation {

    static final long LENGTH = 600 * Options.SECOND;

    private final long seed;
    private final Options options;
    private final Variation variation;
    private Consumer<String> printer;
    private long length = LENGTH;

    Simulation(long seed, Options options, Variation variation) {
        this.seed = seed;
        this.options = options;
        this.variation = variation;
    }

    static Simulation of(long seed) {
        return new Simulation(seed, Options.of(seed), Variation.NONE);
    }

    /** Prints every decision and fault as it happens. */
    Simulation printing(Consumer<String> lines) {
        printer = lines;
        return this;
    }

    /** Faults happen for this long. */
    Simulation lasting(long nanos) {
        length = nanos;
        return this;
    }

    Result run() {
        try (World world = new World(options, seed, variation, printer)) {
            return run(world);
        }
    }

    private Result run(World world) {
        Nemesis nemesis = new Nemesis(world, world.chance().split());
        boolean formFirst = world.chance().happens(0.7);
        world.loop().at(formFirst ? 20 * Options.SECOND : 0, nemesis::start);
        world.start();
        world.runUntil(length);
        long healing = 0;
        if (world.violation().isEmpty()) {
            nemesis.healAll();
            healing = new Liveness(world).demand();
        }
        return result(world, healing);
    }

    private Result result(World world, long healing) {
        Tally tally = world.tally();
        tally.rules(world.journal().rules());
        tally.count("events", world.loop().executed());
        tally.count("simulated seconds", world.now() / Options.SECOND);
        tally.count("acknowledged commits", world.writers().acknowledged());
        tally.count("commits lost by asynchronous failovers", world.lostCommits());
        tally.count("commits of servers without the lock", world.writers().unprotected());
        tally.count("locks given", world.locks().grants());
        tally.count("elections of a Raft leader", world.raft().elections());
        tally.count("messages lost", world.raft().lostMessages());
        tally.count("log entries", world.raft().committed());
        world.invariants().forEach(invariant -> tally.checked(invariant.name() + ": " + invariant.looksAt(),
                tally.of(invariant.looksAt())));
        tally.checked("I7 liveness: healings", healing > 0 ? 1 : 0);
        return new Result(seed, options, world.violation(), world.journal().lines(), world.journal().digest(),
                healing, tally);
    }

    /**
     * How it ended.
     *
     * @param violation what was breached, if anything
     * @param journal   the last decisions
     * @param digest    fingerprint of everything that was decided and committed
     * @param healing   nanoseconds until the cluster was whole
     */
    record Result(long seed, Options options, Optional<String> violation, List<String> journal, long digest,
                  long healing, Tally tally) {

        /** What a failing test says. */
        String report() {
            return "seed " + seed + ": " + violation.orElse("no breach") + "\n" + options.summary() + "\n"
                    + String.join("\n", journal);
        }
    }
}
