package io.matriarch.simulation;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.contract.DcsContract;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import java.time.Duration;
import java.util.Set;

/** The simulated group keeps the contract that the real one keeps: three peers, no faults, virtual time. */
class SimulatedDcsContractTest implements DcsContract {

    private final World world = peers();

    private static World peers() {
        Options quiet = Options.quiet();
        World world = new World(new Options(0, 3, 0, quiet.delay(), Set.of(), quiet.faultEvery(), quiet.writeEvery(),
                quiet.store(), quiet.server(), quiet.settings()), 1, Variation.NONE, null);
        world.start();
        world.runUntil(10 * Options.SECOND);
        return world;
    }

    @Override
    public Dcs connect(int peer, String scope) {
        return new StoreDcs(new SimulatedStore(world.raft(), world.hosts().get(peer).peer()),
                ClusterKeys.of("/service/", scope));
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void pass(Duration duration) {
        world.runUntil(world.now() + duration.toNanos());
    }
}
