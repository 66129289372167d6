package io.matriarch.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * I7: once nothing goes wrong any more the cluster heals itself within a bound: one member holds the lock and accepts
 * commits, every other follows it and has what it has.
 */
final class Liveness {

    private static final long BOUND = 150 * Options.SECOND;
    private static final long STEP = 250 * Options.MILLI;
    private static final int STEADY = 12;

    private final World world;

    Liveness(World world) {
        this.world = world;
    }

    /** Runs on until the cluster is whole; a breach when that takes too long. Returns how long it took. */
    long demand() {
        return demand(BOUND);
    }

    long demand(long bound) {
        long begun = world.now();
        int steady = 0;
        List<String> missing = List.of("nothing was looked at");
        while (world.now() < begun + bound && steady < STEADY && !world.loop().isStopped()) {
            world.runUntil(world.now() + STEP);
            missing = missing();
            steady = missing.isEmpty() ? steady + 1 : 0;
        }
        if (steady < STEADY) {
            world.fail("I7 liveness: " + bound / Options.SECOND + " s after everything was healed " + missing);
        }
        return world.now() - begun;
    }

    /** What keeps the cluster from being whole; empty when nothing does. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        Optional<Host> primary = world.locks().current().map(grant -> world.byName().get(grant.holder().value()));
        if (primary.isEmpty()) {
            return List.of("nobody holds the leader lock");
        }
        PgServer source = primary.get().server().orElseThrow();
        if (!source.acceptsWrites() || source.process() != PgServer.Process.PRIMARY) {
            missing.add(primary.get().name() + " holds the lock but does not accept commits");
        }
        if (world.now() - world.writers().lastAt() > 2 * Options.SECOND) {
            missing.add("nothing was committed for " + (world.now() - world.writers().lastAt()) / Options.MILLI + " ms");
        }
        for (Host host : world.databases()) {
            if (host != primary.get() && !isLeftOver(host, source)) {
                lacks(host, source).ifPresent(missing::add);
            }
        }
        return missing;
    }

    /**
     * Whether a member has the data of a foundation that was cut off before its first lock, beside a cluster that was
     * founded again: such a member needs an operator.
     */
    private static boolean isLeftOver(Host host, PgServer source) {
        PgServer server = host.server().orElseThrow();
        return server.isPresent() && source.isPresent() && !Branch.related(server.branch(), source.branch())
                && server.branch().acknowledgedCount() == 0;
    }

    private Optional<String> lacks(Host host, PgServer source) {
        PgServer replica = host.server().orElseThrow();
        Streaming streaming = world.operations().streaming();
        if (replica.process() != PgServer.Process.REPLICA) {
            return Optional.of(host.name() + " is " + replica.process());
        }
        if (!streaming.isConnected(replica)) {
            return Optional.of(host.name() + " does not stream, its upstream is "
                    + streaming.upstream(replica).map(PgServer::name));
        }
        return replica.branch() == source.branch() ? Optional.empty()
                : Optional.of(host.name() + " is on another timeline");
    }
}
