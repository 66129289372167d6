package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.MemberName;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A quiet cluster of three in which a test makes things happen, and looks. */
final class Story implements AutoCloseable {

    private static final long SECOND = Options.SECOND;

    private final World world;
    private final Nemesis nemesis;

    Story(long seed) {
        this(seed, Options.quiet());
    }

    Story(long seed, Options options) {
        world = new World(options, seed, Variation.NONE, null);
        nemesis = new Nemesis(world, world.chance().split());
        world.stopExactly();
        world.start();
        whole(60);
        pass(3);
        world.writers().takeLongestGap();
    }

    World world() {
        return world;
    }

    Nemesis nemesis() {
        return nemesis;
    }

    Host primary() {
        return host(world.locks().current().orElseThrow().holder());
    }

    List<Host> replicas() {
        return world.databases().stream().filter(host -> !world.locks().isHeldBy(host.name())).toList();
    }

    Host host(MemberName name) {
        return world.byName().get(name.value());
    }

    /** Lets time pass. */
    void pass(double seconds) {
        world.runUntil(world.now() + (long) (seconds * SECOND));
        sound();
    }

    /** Lets time pass until something is so, at most that long. */
    void until(String what, double seconds, BooleanSupplier so) {
        long limit = world.now() + (long) (seconds * SECOND);
        while (!so.getAsBoolean() && world.now() < limit) {
            world.runUntil(world.now() + SECOND / 100);
        }
        sound();
        assertTrue(so.getAsBoolean(), () -> what + " did not come within " + seconds + " s\n" + journal());
    }

    /** Lets time pass until every member is in place. */
    void whole(double seconds) {
        until("a whole cluster", seconds, () -> new Liveness(world).missing().isEmpty());
    }

    void isPrimary(Host host) {
        until(host.name() + " as the primary", 30, () -> world.locks().isHeldBy(host.name())
                && host.server().orElseThrow().acceptsWrites());
    }

    /** The longest time without a commit since the last look, in seconds. */
    double gap() {
        return world.writers().takeLongestGap() / 1e9;
    }

    private void sound() {
        assertEquals(Optional.empty(), world.violation(), this::journal);
    }

    String journal() {
        return String.join("\n", world.journal().lines());
    }

    @Override
    public void close() {
        sound();
        world.close();
    }
}
