package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.LeaseState;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** The calls of {@code etcdserverpb.Lease}. Durations on the wire are seconds. */
final class LeaseCalls {

    /** One and a half election timeouts, as etcd has it. */
    static final long LEAST_TTL_SECONDS = 2;
    private static final long MOST_TTL_SECONDS = 9_000_000_000L;
    private static final long MILLIS = 1_000;

    private final Backend backend;
    private final RandomGenerator chance;

    private LeaseCalls(Backend backend, RandomGenerator chance) {
        this.backend = backend;
        this.chance = chance;
    }

    static void register(Calls calls, Backend backend, RandomGenerator chance) {
        LeaseCalls leases = new LeaseCalls(backend, chance);
        calls.unary("/etcdserverpb.Lease/LeaseGrant", leases::grant);
        calls.unary("/etcdserverpb.Lease/LeaseRevoke", leases::revoke);
        calls.stream("/etcdserverpb.Lease/LeaseKeepAlive", leases::keepAlive);
        calls.unary("/etcdserverpb.Lease/LeaseTimeToLive", leases::timeToLive);
        calls.unary("/etcdserverpb.Lease/LeaseLeases", leases::list);
    }

    private CompletableFuture<Message> grant(Call call, Message m) {
        long seconds = Math.max(LEAST_TTL_SECONDS, m.number("TTL"));
        if (seconds > MOST_TTL_SECONDS) {
            throw new CallRefused(Status.of(StoreError.LEASE_TTL_TOO_LARGE));
        }
        long id = m.number("ID") != 0 ? m.number("ID") : chance.nextLong(1, Long.MAX_VALUE);
        return backend.propose(call, new Command.LeaseGrant(id, seconds * MILLIS)).thenApply(result ->
                backend.answer("LeaseGrantResponse", result.revision()).set("ID", id).set("TTL", seconds));
    }

    private CompletableFuture<Message> revoke(Call call, Message m) {
        return backend.propose(call, new Command.LeaseRevoke(m.number("ID")))
                .thenApply(result -> backend.answer("LeaseRevokeResponse", result.revision()));
    }

    /** Renewals of one stream go one after the other, so that the answers come in order. */
    private Inbound keepAlive(Call call) {
        return new Inbound() {
            private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

            @Override
            public void message(Message m) {
                long id = m.number("ID");
                last = last.thenCompose(before -> renewed(call, id)).handle((answer, failure) -> {
                    if (failure == null) {
                        call.send(answer);
                    } else {
                        call.end(Failures.status(failure));
                    }
                    return null;
                });
            }

            @Override
            public void halfClosed() {
                last.thenRun(() -> call.end(Status.OK));
            }
        };
    }

    /** A lease that is gone is answered without a duration, which is no error. */
    private CompletableFuture<Message> renewed(Call call, long id) {
        if (call.isOver()) {
            return CompletableFuture.failedFuture(new CallRefused(Status.STOPPED));
        }
        backend.requireLeader(call);
        Message answer = backend.answer("LeaseKeepAliveResponse", backend.readHere(Store::revision)).set("ID", id);
        return backend.propose(call, new Command.LeaseRenew(id, 0, 0)).thenApply(Optional::of).exceptionally(failure -> {
            if (Failures.status(failure).equals(Status.LEASE_NOT_FOUND)) {
                return Optional.empty();
            }
            throw new CallRefused(Failures.status(failure));
        }).thenApply(result -> result.map(r -> answer.set("TTL", ((Result.LeaseResult) r).ttlMillis() / MILLIS)).orElse(answer));
    }

    private CompletableFuture<Message> timeToLive(Call call, Message m) {
        long id = m.number("ID");
        return backend.readCurrent(call, store -> {
            Message answer = backend.answer("LeaseTimeToLiveResponse", store.revision()).set("ID", id);
            Optional<LeaseState> lease = store.lease(id);
            if (lease.isEmpty()) {
                return answer.set("TTL", -1);
            }
            long left = backend.ports().local().leaseLeftMillis(id).orElse(lease.get().ttlMillis());
            answer.set("TTL", left / MILLIS).set("grantedTTL", lease.get().ttlMillis() / MILLIS);
            if (m.flag("keys")) {
                lease.get().keys().forEach(key -> backend.requireRead(call, store, key, Bytes.EMPTY));
                lease.get().keys().forEach(key -> answer.add("keys", key));
            }
            return answer;
        });
    }

    private CompletableFuture<Message> list(Call call, Message m) {
        return backend.readCurrent(call, store -> {
            Message answer = backend.answer("LeaseLeasesResponse", store.revision());
            store.leases().forEach(lease -> answer.add("leases", backend.fresh("LeaseStatus").set("ID", lease.id())));
            return answer;
        });
    }
}
