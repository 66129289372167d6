package io.matriarch.simulation;

import java.util.List;

/**
 * I8: a data directory is emptied only when another one, whole, has every acknowledged commit that it has; a cluster is
 * founded only where nobody has data that was ever under a lock.
 */
final class LastCopyKept implements Invariant {

    @Override
    public String name() {
        return "I8 last copy kept";
    }

    @Override
    public String looksAt() {
        return "data directories replaced or founded";
    }

    @Override
    public void discarding(World world, Host host) {
        PgServer mine = host.server().orElseThrow();
        boolean kept = others(world, host).stream().anyMatch(other -> hasAll(world, other, mine));
        if (!kept) {
            world.violated(this, "the data directory of " + host.name()
                    + " is emptied, and nobody else has all of its acknowledged commits");
        }
    }

    private static boolean hasAll(World world, PgServer other, PgServer mine) {
        return !other.isBroken() && world.branches().stream().allMatch(branch -> {
            long mineHas = Math.min(mine.branch().follows(branch, mine.end()), branch.lastAcknowledged());
            return mineHas <= 0 || other.branch().follows(branch, other.end()) >= mineHas;
        });
    }

    @Override
    public void founded(World world, Host host) {
        if (world.locks().grants() == 0) {
            // What an interrupted foundation left was never anybody's data.
            world.tally().count("foundations", 1);
        } else if (!others(world, host).isEmpty()) {
            world.violated(this, host.name() + " founded a cluster beside the data of "
                    + others(world, host).get(0).name());
        }
    }

    private static List<PgServer> others(World world, Host host) {
        return world.hosts().stream().filter(h -> h != host).flatMap(h -> h.server().stream())
                .filter(PgServer::isPresent).toList();
    }
}
