package io.matriarch.simulation;

import io.matriarch.cluster.Lsn;

/**
 * I2: with synchronous or quorum replication a member that becomes primary under the lock has every commit that was
 * ever acknowledged, unless an operator forced the failover and answers for what is lost.
 */
final class SyncCommitsKept implements Invariant {

    private static final long OPERATOR = 60_000 * Options.MILLI;

    @Override
    public String name() {
        return "I2 synchronous commits kept";
    }

    @Override
    public String looksAt() {
        return "promotions in synchronous modes";
    }

    @Override
    public void promoted(World world, Host host) {
        if (!world.isSynchronous() || !world.locks().isHeldBy(host.name())) {
            return;
        }
        world.tally().count(looksAt(), 1);
        PgServer server = host.server().orElseThrow();
        for (Branch branch : world.branches()) {
            long has = Math.max(0, server.branch().follows(branch, server.end()));
            int missing = branch.boundAfter(has);
            if (missing > 0 && world.operatorForcedSince(world.now() - OPERATOR)) {
                world.tally().count("synchronous commits lost by forced failovers", missing);
            } else if (missing > 0) {
                world.violated(this, host.name() + " was promoted at " + new Lsn(server.end()) + " without " + missing
                        + " acknowledged commits of " + branch.writer() + ", up to "
                        + new Lsn(branch.lastAcknowledged()));
            }
        }
    }
}
