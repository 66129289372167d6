package io.matriarch.raft;

import io.matriarch.store.Command;
import io.matriarch.store.Op;
import io.matriarch.store.Store;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Keeps a {@link LeaseClock} in step with the commands that are applied. */
final class LeaseNotes {

    private final LeaseClock clock;
    private final LongSupplier nanoTime;

    LeaseNotes(LeaseClock clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    void restart(Store store) {
        clock.restart(store.leases(), nanoTime.getAsLong());
    }

    /** A snapshot replaced the state while this peer ran: a lease that was not renewed since keeps its time. */
    void replaced(Store store) {
        clock.reconcile(store.leases(), nanoTime.getAsLong());
    }

    /** @param came when the entry came here, if another peer sent it */
    void observe(Command applied, OptionalLong came, AppliedState state) {
        Command command = Command.bare(applied);
        if (command instanceof Command.LeaseRenew renew) {
            state.read(s -> s.lease(renew.id())).ifPresent(l -> clock.note(l,
                    came.orElseGet(nanoTime)));
        } else if (touchesLeases(command)) {
            clock.reconcile(state.read(s -> List.copyOf(s.leases())), nanoTime.getAsLong());
        }
    }

    private static boolean touchesLeases(Command command) {
        return command instanceof Command.LeaseGrant || command instanceof Command.LeaseRevoke
                || command instanceof Command.LeaseExpire || command instanceof Command.Txn txn && touches(txn);
    }

    private static boolean touches(Command.Txn txn) {
        return txn.success().stream().anyMatch(LeaseNotes::touches)
                || txn.failure().stream().anyMatch(LeaseNotes::touches);
    }

    private static boolean touches(Op op) {
        return op instanceof Op.GrantOp || op instanceof Op.RevokeOp
                || op instanceof Op.TxnOp nested && touches(nested.txn());
    }
}
