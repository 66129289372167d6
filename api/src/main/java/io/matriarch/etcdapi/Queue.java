package io.matriarch.etcdapi;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Compare;
import io.matriarch.store.Event;
import io.matriarch.store.KeyValue;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * Who came first under a name: each who queues has a key there on a lease of its own, and the oldest key is in front.
 * What locks and elections have in common.
 */
final class Queue {

    /** Of those who bring no lease; nobody renews it. */
    private static final long LEASE_MILLIS = 60_000;

    private final Backend backend;
    private final RandomGenerator chance;

    /** A place in the queue: its key, and when that was made. */
    record Place(Bytes name, Bytes key, long lease, long createRevision) {
    }

    Queue(Backend backend, RandomGenerator chance) {
        this.backend = backend;
        this.chance = chance;
    }

    static Bytes prefix(Bytes name) {
        return concat(name, Bytes.of("/"));
    }

    /** Takes a place, or finds the one that this lease has already; then it has the value given. */
    CompletableFuture<Place> enter(Call call, Bytes name, long lease, Bytes value) {
        CompletableFuture<Long> granted = CompletableFuture.completedFuture(lease);
        if (lease == 0) {
            long fresh = chance.nextLong(1, Long.MAX_VALUE);
            granted = backend.propose(call, new Command.LeaseGrant(fresh, LEASE_MILLIS)).thenApply(done -> fresh);
        }
        return granted.thenCompose(id -> {
            Bytes key = concat(prefix(name), Bytes.of(Long.toHexString(id)));
            Command.Put put = new Command.Put(key, value, id, false);
            return backend.propose(call, new Command.Txn(List.of(Compare.absent(key)), List.of(new Op.PutOp(put)),
                    List.of(new Op.RangeOp(RangeRequest.of(key, Bytes.EMPTY))))).thenCompose(result -> {
                        Result.TxnResult txn = (Result.TxnResult) result;
                        if (txn.succeeded()) {
                            return CompletableFuture.completedFuture(new Place(name, key, id, txn.revision()));
                        }
                        KeyValue mine = ((Result.RangeResult) txn.responses().get(0)).kvs().get(0);
                        Place place = new Place(name, key, id, mine.createRevision());
                        return mine.value().equals(value) ? CompletableFuture.completedFuture(place)
                                : whileMine(call, place, new Op.PutOp(put)).thenApply(done -> place);
                    });
        });
    }

    private static Bytes concat(Bytes first, Bytes second) {
        byte[] joined = java.util.Arrays.copyOf(first.toArray(), first.size() + second.size());
        System.arraycopy(second.toArray(), 0, joined, first.size(), second.size());
        return Bytes.of(joined);
    }

    /** Does something if the place is still taken; completes with whether it was. */
    CompletableFuture<Result.TxnResult> whileMine(Call call, Place place, Op op) {
        return backend.propose(call, new Command.Txn(List.of(new Compare(place.key(), Bytes.EMPTY, Compare.Target.CREATE,
                Compare.Result.EQUAL, place.createRevision(), Bytes.EMPTY)), List.of(op), List.of()))
                .thenApply(Result.TxnResult.class::cast);
    }

    CompletableFuture<Result.TxnResult> leave(Call call, Place place) {
        return whileMine(call, place, new Op.DeleteOp(new Command.DeleteRange(place.key(), Bytes.EMPTY, false)));
    }

    /** Waits until every older place is gone; completes with what the own key is then. A client that goes gives its place up. */
    CompletableFuture<Optional<KeyValue>> front(Call call, Place place) {
        return olderGone(call, place).thenCompose(done -> backend.readCurrent(call,
                store -> rangeOf(Backend.accepted(store.range(RangeRequest.of(place.key(), Bytes.EMPTY)))).stream().findFirst()))
                .whenComplete((done, failure) -> {
                    if (call.isOver()) {
                        leave(call, place);
                    }
                });
    }

    private CompletableFuture<Void> olderGone(Call call, Place place) {
        return backend.readCurrent(call, store -> {
            Optional<KeyValue> older = rangeOf(store.range(oldest(place.name(), place.createRevision() - 1, true, 0)))
                    .stream().findFirst();
            return older.map(kv -> new Awaited(kv.key(), store.revision()));
        }).thenCompose(awaited -> awaited.isEmpty() ? CompletableFuture.<Void>completedFuture(null)
                : gone(call, awaited.get()).thenCompose(done -> olderGone(call, place)));
    }

    private record Awaited(Bytes key, long seenAt) {
    }

    private static List<KeyValue> rangeOf(Result result) {
        return ((Result.RangeResult) result).kvs();
    }

    /** A place under a name: the first, or the last that is not newer than {@code newest}. */
    private static RangeRequest oldest(Bytes name, long newest, boolean last, long revision) {
        Bytes prefix = prefix(name);
        return new RangeRequest(prefix, prefix.prefixEnd(), 1, revision, false, false, RangeRequest.SortTarget.CREATE,
                last ? RangeRequest.SortOrder.DESCEND : RangeRequest.SortOrder.ASCEND, 0, 0, 0, newest);
    }

    /** Who is in front at a revision; 0 for now. */
    static RangeRequest first(Bytes name, long revision) {
        return oldest(name, 0, false, revision);
    }

    private CompletableFuture<Void> gone(Call call, Awaited awaited) {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        ReplicatedStore.Watch watch = backend.ports().store().watch(awaited.key(), Bytes.EMPTY, awaited.seenAt() + 1,
                new ReplicatedStore.WatchListener() {
                    @Override
                    public void changed(long revision, List<Event> events) {
                        if (events.stream().anyMatch(e -> e.type() == Event.Type.DELETE)) {
                            gone.complete(null);
                        }
                    }

                    @Override
                    public void compacted(long compactRevision) {
                        // what was missed shows in the next look
                        gone.complete(null);
                    }
                });
        call.onChange(() -> {
            if (call.isOver()) {
                gone.completeExceptionally(new CallRefused(new Status(Code.CANCELLED, "context canceled")));
            }
        });
        if (call.isOver()) {
            gone.completeExceptionally(new CallRefused(new Status(Code.CANCELLED, "context canceled")));
        }
        return gone.whenComplete((done, failure) -> watch.close());
    }
}
