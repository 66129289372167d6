package io.matriarch.simulation;

/**
 * I3, at its root: an agent makes a primary only while the committed log says that it holds the leader lock. The very
 * first primary of a cluster is made before there is a lock.
 */
final class PrimaryUnderLock implements Invariant {

    @Override
    public String name() {
        return "I3 primary under the lock";
    }

    @Override
    public String looksAt() {
        return "primaries made";
    }

    @Override
    public void becomingPrimary(World world, Host host) {
        if (world.locks().grants() > 0 && !world.locks().isHeldBy(host.name()) && !world.isPaused()) {
            world.violated(this, host.name() + " makes a primary while "
                    + world.locks().current().map(g -> g.holder() + " holds the lock").orElse("nobody holds the lock"));
        }
    }
}
