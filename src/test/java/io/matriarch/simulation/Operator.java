package io.matriarch.simulation;

import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.MemberName;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.StoreDcs;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An operator who asks for things now and then, by the keys and by the agents' own doors. */
final class Operator {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final World world;
    private final Chance chance;
    private final Dcs dcs;

    Operator(World world, Chance chance) {
        this.world = world;
        this.chance = chance;
        this.dcs = new StoreDcs(new OperatorStore(world.raft()), World.KEYS);
    }

    void act(Fault what) {
        world.operatorActs();
        switch (what) {
            case SWITCHOVER -> switchover(chance.happens(0.5) ? someReplica() : Optional.empty());
            case FAILOVER -> failover();
            case RESTART -> anyAgent().ifPresent(agent -> agent.restart(Duration.ofMinutes(1)));
            case REINITIALIZE -> reinitialize();
            case PAUSE -> pause();
            case CONFIG_CHANGE -> change("ttl", chance.oneOf(List.of(30, 40, 60)));
            default -> throw new IllegalArgumentException(what + " is not an operator's doing");
        }
    }

    private Optional<MemberName> someReplica() {
        List<MemberName> names = world.databases().stream().map(Host::name)
                .filter(name -> !world.locks().isHeldBy(name)).toList();
        return names.isEmpty() ? Optional.empty() : Optional.of(chance.oneOf(names));
    }

    /** Asks for a switchover away from the holder of the lock, when there is one. */
    void switchover(Optional<MemberName> candidate) {
        world.locks().current().ifPresent(grant ->
                dcs.requestFailover(Optional.of(grant.holder()), candidate, Optional.empty(), TIMEOUT));
    }

    private void failover() {
        world.operatorForces();
        someReplica().ifPresent(name ->
                dcs.requestFailover(Optional.empty(), Optional.of(name), Optional.empty(), TIMEOUT));
    }

    private Optional<SimulatedAgent> anyAgent() {
        return chance.oneOf(world.databases()).agent().filter(agent -> !agent.isFrozen());
    }

    private void reinitialize() {
        List<Host> replicas = world.databases().stream().filter(host -> !world.locks().isHeldBy(host.name())).toList();
        if (!replicas.isEmpty()) {
            chance.oneOf(replicas).agent().filter(agent -> !agent.isFrozen())
                    .ifPresent(agent -> agent.reinitialize(chance.happens(0.3)));
        }
    }

    private void pause() {
        change("pause", true);
        world.loop().after(chance.between(5 * Options.SECOND, 40 * Options.SECOND), this::resume);
    }

    /** Ends a pause, now or as soon as the store takes it. */
    void resume() {
        if (world.view().isPaused()) {
            world.operatorActs();
            change("pause", null);
            world.loop().after(2 * Options.SECOND, this::resume);
        }
    }

    private void change(String key, Object value) {
        ClusterView view = world.view();
        if (!view.config().isPresent()) {
            return;
        }
        Map<String, Object> document = new LinkedHashMap<>(view.config().document());
        document.remove(key);
        if (value != null) {
            document.put(key, value);
        }
        dcs.writeConfig(document, Optional.of(view.config().modified()), TIMEOUT);
    }
}
