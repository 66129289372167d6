package io.matriarch.dcs;

import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What keeps the leases of a member alive. Any thread; nothing blocks, nothing throws for a failure of the store. */
public interface LeaseRenewals {

    /**
     * Renews the lease of the leader lock. Committed by a quorum when Applied.
     *
     * @param flushed  how far the holder's log is on disk; zero when unknown
     * @param duration the lease from now on
     * @return Rejected: the lease is gone or the leader key is not on it, and so the lock is lost
     */
    CompletableFuture<WriteResult> renewLock(LeaseId lease, Lsn flushed, Duration duration, Duration timeout);

    /** Keeps the session of a member alive. Rejected: the session is gone, publish again. */
    CompletableFuture<WriteResult> renewSession(LeaseId session, Duration ttl, Duration timeout);

    /**
     * How long the lease of the leader lock lasts after its last successful renewal, which asked for {@code asked}: never
     * longer than that, but shorter where the store keeps a lease at the duration it was granted for.
     */
    default Duration lasts(LeaseId lease, Duration asked) {
        return asked;
    }
}
