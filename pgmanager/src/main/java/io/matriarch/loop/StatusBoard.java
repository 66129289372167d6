package io.matriarch.loop;

import io.matriarch.ha.LockHold;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the loop leaves its status for everyone else: one volatile field, read without a lock. */
public final class StatusBoard {

    private final Supplier<LockHold> lock;
    private volatile NodeStatus status;

    /** @param lock the current hold, newer than the status between two ticks */
    public StatusBoard(Supplier<LockHold> lock) {
        this.lock = lock;
    }

    public void publish(NodeStatus newStatus) {
        status = newStatus;
    }

    /** Empty before the first tick has ended. The hold in it is the one of this moment. */
    public Optional<NodeStatus> read() {
        NodeStatus s = status;
        if (s == null) {
            return Optional.empty();
        }
        return Optional.of(new NodeStatus(s.taken(), s.cluster(), s.clusterSeen(), s.dcsLastSeen(), lock.get(),
                s.postgres(), s.task(), s.settings(), s.tags(), s.decision(), s.nextTick()));
    }
}
