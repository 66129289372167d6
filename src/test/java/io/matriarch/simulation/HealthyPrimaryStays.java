package io.matriarch.simulation;

/**
 * I9: a primary that was healthy and well connected for a while is not ended by its agent because the Raft leader
 * changed, or because one other machine was lost.
 */
final class HealthyPrimaryStays implements Invariant {

    private static final long CALM = 30_000 * Options.MILLI;
    private static final long OPERATOR = 90_000 * Options.MILLI;

    @Override
    public String name() {
        return "I9 healthy primary stays";
    }

    @Override
    public String looksAt() {
        return "servers that could write ended";
    }

    /** The lease less its margin, a renewal interval and a renewal that is sent again. */
    private static long longestElection(World world) {
        double lease = world.options().settings().leaderLease();
        return (long) ((lease * 0.98 - 0.2 - 0.85) * Options.SECOND);
    }

    @Override
    public void ended(World world, Host host, boolean byAgent) {
        PgServer server = host.server().orElseThrow();
        long now = world.now();
        boolean healthy = byAgent && now - server.primarySince() > CALM && now - host.disturbedAt() > CALM
                && now - world.disturbedAt() > CALM && !world.operatorActedSince(now - OPERATOR)
                && !world.isPaused() && host.machine().isAgentRunning()
                && now - host.machine().disturbedAt() > CALM
                && host.peer().wasServedSince(now - CALM, longestElection(world));
        if (healthy) {
            world.violated(this, host.name() + " ended its primary though nothing was wrong with it");
        }
    }
}
