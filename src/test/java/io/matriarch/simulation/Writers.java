package io.matriarch.simulation;

import java.util.Optional;

/** One client beside each server that commits rows at it for as long as it accepts writes, whoever holds what. */
final class Writers {

    private static final long SMALLEST = 100;
    private static final long LARGEST = 2_000;

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
        for (Host host : world.hosts()) {
            host.server().ifPresent(server -> world.loop().after(chance.between(0, every), () -> write(host, server)));
        }
    }

    private void write(Host host, PgServer server) {
        world.loop().after(every, () -> write(host, server));
        if (!server.acceptsWrites() || !isOurs(host, server)) {
            return;
        }
        server.append(chance.between(SMALLEST, LARGEST));
        acknowledged++;
        if (world.locks().isHeldBy(host.name())) {
            server.branch().acknowledge(server.end());
        } else {
            unprotected++;
        }
        if (lastAt > 0) {
            longestGap = Math.max(longestGap, world.now() - lastAt);
        }
        lastAt = world.now();
        world.acknowledged(host);
    }

    /**
     * A client knows its cluster. What was founded and never came under a lock is nobody's; its founder may still run
     * it, cut off, while another founds the cluster that counts.
     */
    private boolean isOurs(Host host, PgServer server) {
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
