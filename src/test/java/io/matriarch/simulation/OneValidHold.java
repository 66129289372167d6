package io.matriarch.simulation;

import io.matriarch.ha.LockHold;
import io.matriarch.ha.Tick;

/** I1: at most one agent holds a leader lock that is valid at this moment, each by its own clock. */
final class OneValidHold implements Invariant {

    @Override
    public String name() {
        return "I1 one valid hold";
    }

    @Override
    public String looksAt() {
        return "events";
    }

    @Override
    public void afterEvent(World world) {
        Host holder = null;
        for (Host host : world.hosts()) {
            if (host.agent().isEmpty()) {
                continue;
            }
            LockHold hold = host.agent().get().hold();
            Tick now = host.machine().now();
            if (!hold.isValidAt(now)) {
                continue;
            }
            if (holder != null) {
                world.violated(this, holder.name() + " and " + host.name() + " both hold a valid lock");
                return;
            }
            holder = host;
        }
    }
}
