package io.matriarch.simulation;

import io.matriarch.cluster.Lsn;
import java.util.Optional;

/**
 * I4, for asynchronous replication: a promoted member lacks at most {@code maximum_lag_on_failover} of what the primary
 * had published, and no member was promoted while another that it could reach, and that might have been promoted, had
 * more of the log. Losing nothing at all (I2) is for the synchronous modes, which are not there yet; lost commits are
 * counted.
 */
final class CommitsKept implements Invariant {

    private static final long SETTLED = 1_500 * Options.MILLI;
    private static final long OPERATOR = 60_000 * Options.MILLI;

    @Override
    public String name() {
        return "I4 commits kept";
    }

    @Override
    public String looksAt() {
        return "promotions";
    }

    @Override
    public void promoted(World world, Host host) {
        PgServer server = host.server().orElseThrow();
        if (!world.locks().isHeldBy(host.name())) {
            // It was told to when it held the lock; nothing but the guard can stop a server whose agent is not there.
            world.tally().count("promotions that ended without the lock", 1);
            return;
        }
        if (world.operatorActedSince(world.now() - OPERATOR)) {
            return;
        }
        world.published().ifPresent(published -> checkLag(world, host, server, published));
        if (world.isSynchronous()) {
            return; // more of the log is no merit there: what nobody acknowledged need not be kept
        }
        betterCandidate(world, host, server).ifPresent(better -> world.violated(this, host.name()
                + " was promoted at " + new Lsn(server.end()) + " although " + better.name() + " was at "
                + new Lsn(better.server().orElseThrow().end())));
    }

    private void checkLag(World world, Host host, PgServer server, Branch.Point published) {
        Branch.Point kept = Branch.fork(server.branch(), server.end(), published.branch(), published.lsn());
        long missing = published.lsn() - kept.lsn();
        if (missing <= world.options().settings().maximumLag()) {
            return;
        }
        // Both have left the fork on a timeline of their own with the same number: no position and no number tells.
        boolean twins = !server.branch().parent().equals(Optional.of(kept.branch()))
                && published.branch() != kept.branch();
        if (twins) {
            world.tally().count("promotions beyond the lag limit from a twin of a timeline", 1);
        } else {
            world.violated(this, host.name() + " was promoted with the log up to " + new Lsn(kept.lsn()) + ", "
                    + missing + " bytes behind the published position " + new Lsn(published.lsn()));
        }
    }

    private static Optional<Host> betterCandidate(World world, Host host, PgServer server) {
        long acquired = world.locks().latestOf(host.name()).map(LockHistory.Grant::at).orElse(world.now());
        if (Math.max(host.disturbedAt(), world.disturbedAt()) > acquired - SETTLED) {
            return Optional.empty();
        }
        return world.hosts().stream().filter(other -> other != host && other.server().isPresent())
                .filter(other -> other.disturbedAt() <= acquired - SETTLED && other.agent().isPresent())
                .filter(other -> isBetter(other.server().get(), server, acquired)).findFirst();
    }

    private static boolean isBetter(PgServer other, PgServer promoted, long acquired) {
        return other.process() == PgServer.Process.REPLICA && other.isConnectable()
                && other.advancedAt() < acquired - SETTLED && other.startedAt() < acquired - 15_000 * Options.MILLI
                && other.branch() == promoted.branch().parent().orElse(null) && other.end() > promoted.end();
    }
}
