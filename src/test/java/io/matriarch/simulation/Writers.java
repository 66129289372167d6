package io.matriarch.simulation;

import java.util.Optional;

/** The clients beside each server, and what they were told. */
final class Writers {

    private final World world;
    private final Chance chance;
    private final long every;
    private long acknowledged;
    private Optional<Branch> cluster = Optional.empty();
    private long unprotected;
    private long lastAt;
    private long longestGap;

    Writers(World world, Chance chance, long every) {
        this.world = world;
        this.chance = chance;
        this.every = every;
    }

    void start() {
        for (Host host : world.databases()) {
            new Client(world, host, chance.split(), false, every).start();
            if (chance.happens(world.options().server().orphans())) {
                new Client(world, host, chance.split(), true, every * 2).start();
            }
        }
    }

    /** A client was told that its commit is safe. */
    void acknowledged(Host host, Branch branch, long lsn) {
        acknowledged++;
        boolean held = world.locks().isHeldBy(host.name());
        if (held || world.isSynchronous()) {
            branch.acknowledge(lsn, world.isSynchronous());
        } else {
            unprotected++;
        }
        if (lastAt > 0) {
            longestGap = Math.max(longestGap, world.now() - lastAt);
        }
        lastAt = world.now();
        world.acknowledged(host, new Branch.Point(branch, lsn));
    }

    /**
     * A client knows its cluster. What was founded and never came under a lock is nobody's; its founder may still run
     * it, cut off, while another founds the cluster that counts.
     */
    boolean isOurs(Host host, PgServer server) {
        if (cluster.isEmpty() && world.locks().isHeldBy(host.name())) {
            cluster = Optional.of(server.branch());
        }
        return cluster.filter(branch -> Branch.related(branch, server.branch())).isPresent();
    }

    long acknowledged() {
        return acknowledged;
    }

    /** Commits acknowledged by a server that did not hold the lock; the next failover forgets them. */
    long unprotected() {
        return unprotected;
    }

    /** Real time of the last commit. */
    long lastAt() {
        return lastAt;
    }

    /** The longest time without a commit since the first, or since the last call. */
    long takeLongestGap() {
        long gap = longestGap;
        longestGap = 0;
        return gap;
    }
}
