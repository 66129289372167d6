package io.matriarch.store;

import java.util.List;
import java.util.Optional;

/**
 * What is left of the store for those whom it does not trust. An eighth is kept for the members, so that no client can fill
 * the store and stop the cluster; and while an alarm for lack of space is raised, clients put nothing, as with etcd: who
 * deletes something still has to say that it is over.
 */
final class ClientQuota {

    /** Notes with this beginning are alarms; behind it the member in hexadecimal digits and the kind. */
    private static final Bytes ALARMS = Bytes.of("alarm/");
    private static final String NO_SPACE = "/1";
    private static final int SHARE = 8;

    private ClientQuota() {
    }

    static Optional<StoreError> check(Command command, Notes notes, long liveBytes, StoreLimits limits) {
        if (!adds(command)) {
            return Optional.empty();
        }
        boolean alarm = notes.startingWith(ALARMS).keySet().stream().anyMatch(name -> name.utf8().endsWith(NO_SPACE));
        long room = limits.storeBytes() - limits.storeBytes() / SHARE;
        return alarm || liveBytes + CommandRules.payload(command) > room ? Optional.of(StoreError.NO_SPACE) : Optional.empty();
    }

    private static boolean adds(Command command) {
        return command instanceof Command.Put || command instanceof Command.LeaseGrant
                || command instanceof Command.Txn txn && (puts(txn.success()) || puts(txn.failure()));
    }

    private static boolean puts(List<Op> ops) {
        return ops.stream().anyMatch(op -> op instanceof Op.PutOp
                || op instanceof Op.TxnOp nested && (puts(nested.txn().success()) || puts(nested.txn().failure())));
    }
}
