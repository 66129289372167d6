package io.matriarch.etcdapi;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.KeyValue;
import io.matriarch.store.Op;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The calls of {@code v3electionpb.Election}. */
final class ElectionCalls {

    private static final Status NO_LEADER = Status.unknown("election: no leader");
    private static final Status NOT_LEADER = Status.unknown("election: not leader");
    private static final Status LEADER_MISSING = Status.unknown("\"leader\" field must be provided");

    private final Backend backend;
    private final Queue queue;
    private final Translation translation;

    private ElectionCalls(Backend backend, Queue queue) {
        this.backend = backend;
        this.queue = queue;
        this.translation = new Translation(backend.schema());
    }

    static void register(Calls calls, Backend backend, Queue queue) {
        ElectionCalls election = new ElectionCalls(backend, queue);
        String owner = "/v3electionpb.Election/";
        calls.unary(owner + "Campaign", (call, m) -> LockCalls.uncoded(election.campaign(call, m)));
        calls.unary(owner + "Proclaim", (call, m) -> LockCalls.uncoded(election.proclaim(call, m)));
        calls.unary(owner + "Leader", (call, m) -> LockCalls.uncoded(election.leader(call, m)));
        calls.unary(owner + "Resign", (call, m) -> LockCalls.uncoded(election.resign(call, m)));
        calls.stream(owner + "Observe", election::observe);
    }

    private CompletableFuture<Message> campaign(Call call, Message m) {
        return queue.enter(call, m.bytes("name"), m.number("lease"), m.bytes("value"))
                .thenCompose(place -> queue.front(call, place).thenApply(mine -> {
                    if (mine.isEmpty()) {
                        throw new CallRefused(Status.unknown("election: session is expired"));
                    }
                    Message leader = backend.fresh("LeaderKey").set("name", place.name()).set("key", place.key())
                            .set("rev", place.createRevision()).set("lease", place.lease());
                    return backend.answer("CampaignResponse", backend.readHere(Store::revision)).set("leader", leader);
                }));
    }

    private static Queue.Place place(Message m) {
        Message leader = m.message("leader").orElseThrow(() -> new CallRefused(LEADER_MISSING));
        return new Queue.Place(leader.bytes("name"), leader.bytes("key"), leader.number("lease"), leader.number("rev"));
    }

    private CompletableFuture<Message> proclaim(Call call, Message m) {
        Queue.Place place = place(m);
        return queue.whileMine(call, place, new Op.PutOp(new Command.Put(place.key(), m.bytes("value"), place.lease(), false)))
                .thenApply(txn -> {
                    if (!txn.succeeded()) {
                        throw new CallRefused(NOT_LEADER);
                    }
                    return backend.answer("ProclaimResponse", txn.revision());
                });
    }

    private CompletableFuture<Message> resign(Call call, Message m) {
        return queue.leave(call, place(m)).thenApply(txn -> backend.answer("ResignResponse", txn.revision()));
    }

    private CompletableFuture<Message> leader(Call call, Message m) {
        return backend.readCurrent(call, store -> {
            backend.requireRead(call, store, Queue.prefix(m.bytes("name")), Queue.prefix(m.bytes("name")).prefixEnd());
            KeyValue first = inFront(store, m.bytes("name"), 0).orElseThrow(() -> new CallRefused(NO_LEADER));
            return answer(store.revision(), first);
        });
    }

    private Message answer(long revision, KeyValue leader) {
        return backend.answer("LeaderResponse", revision).set("kv", translation.keyValue(leader));
    }

    private static Optional<KeyValue> inFront(Store store, Bytes name, long revision) {
        return store.range(Queue.first(name, revision)) instanceof Result.RangeResult range
                ? range.kvs().stream().findFirst() : Optional.empty();
    }

    private Inbound observe(Call call) {
        return new Inbound() {
            @Override
            public void message(Message m) {
                backend.requireLeader(call);
                new Observer(call, m.bytes("name")).start();
            }

            @Override
            public void halfClosed() {
                // what happens is told until the client goes
            }
        };
    }

    /** Tells one client who leads, what the leader proclaims, and who comes after. */
    private final class Observer implements ReplicatedStore.WatchListener {

        private final Call call;
        private final Bytes name;
        private Optional<Bytes> leader = Optional.empty();

        Observer(Call call, Bytes name) {
            this.call = call;
            this.name = name;
        }

        synchronized void start() {
            long revision = backend.readHere(store -> {
                backend.requireRead(call, store, Queue.prefix(name), Queue.prefix(name).prefixEnd());
                tell(store.revision(), inFront(store, name, 0));
                return store.revision();
            });
            Bytes prefix = Queue.prefix(name);
            ReplicatedStore.Watch watch = backend.ports().store().watch(prefix, prefix.prefixEnd(), revision + 1, this);
            call.onChange(() -> {
                if (call.isOver()) {
                    watch.close();
                }
            });
        }

        private void tell(long revision, Optional<KeyValue> first) {
            leader = first.map(KeyValue::key);
            first.ifPresent(kv -> call.send(answer(revision, kv)));
        }

        @Override
        public synchronized void changed(long revision, List<Event> events) {
            boolean vacant = leader.isEmpty();
            for (Event event : events) {
                boolean itsKey = leader.filter(event.kv().key()::equals).isPresent();
                if (itsKey && event.type() == Event.Type.PUT) {
                    call.send(answer(revision, event.kv()));
                }
                vacant |= itsKey && event.type() == Event.Type.DELETE;
            }
            if (vacant) {
                tell(revision, backend.readHere(store -> inFront(store, name, revision)));
            }
            if (!call.isReady()) {
                call.end(new Status(Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests"));
            }
        }

        @Override
        public void compacted(long compactRevision) {
            call.end(Status.unknown("election: no leader"));
        }
    }
}
