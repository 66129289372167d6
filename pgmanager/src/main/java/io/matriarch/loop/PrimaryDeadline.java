package io.matriarch.loop;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.ha.Tick;

/** Hears until when PostgreSQL may live as primary, each time a proof of the leader lock allows it to live longer. */
@FunctionalInterface
public interface PrimaryDeadline {

    /**
     * Must not block. Called on any thread, in order, with the keeper locked.
     *
     * @param deadline on the clock that also counts the time the machine was suspended; counted from before the
     *                 request was sent that proved the lock
     */
    void until(LeaderLock lock, Tick deadline);
}
