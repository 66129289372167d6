package io.matriarch.etcd;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.LinkedHashSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;

/**
 * The addresses of etcd's members. One is in use until it fails; then the next one is. What was configured is always
 * among them, even when the members announce other addresses: those may be of no use from here. Any thread.
 */
final class Endpoints {

    private static final int MOST = 32;

    private final Set<URI> configured;
    private final List<Runnable> onSwitch = new CopyOnWriteArrayList<>();
    private List<URI> all;
    private int current;

    /** The order is mixed, so that agents spread over the members. */
    Endpoints(List<URI> configured, RandomGenerator chance) {
        List<URI> mixed = new ArrayList<>(new LinkedHashSet<>(configured));
        for (int i = mixed.size() - 1; i > 0; i--) {
            Collections.swap(mixed, i, chance.nextInt(i + 1));
        }
        this.configured = new LinkedHashSet<>(mixed);
        this.all = mixed;
    }

    synchronized URI current() {
        return all.get(current);
    }

    synchronized List<URI> all() {
        return List.copyOf(all);
    }

    synchronized int size() {
        return all.size();
    }

    /** What the members say about themselves; the one in use stays in use. */
    synchronized void discovered(List<URI> announced) {
        URI used = all.get(current);
        Set<URI> next = new LinkedHashSet<>(configured);
        announced.stream().limit(MOST).forEach(next::add);
        next.add(used);
        all = List.copyOf(next);
        current = all.indexOf(used);
    }

    /** Goes on to the next one, unless somebody did already. */
    void failed(URI endpoint) {
        synchronized (this) {
            if (all.size() < 2 || !all.get(current).equals(endpoint)) {
                return;
            }
            current = (current + 1) % all.size();
        }
        onSwitch.forEach(Runnable::run);
    }

    /** Calls {@code listener}, which must return soon, after another one is in use. */
    AutoCloseable onSwitch(Runnable listener) {
        onSwitch.add(listener);
        return () -> onSwitch.remove(listener);
    }
}
