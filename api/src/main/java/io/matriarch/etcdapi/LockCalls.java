package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Store;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The calls of {@code v3lockpb.Lock}. */
final class LockCalls {

    private LockCalls() {
    }

    static void register(Calls calls, Backend backend, Queue queue) {
        calls.unary("/v3lockpb.Lock/Lock", (call, m) -> uncoded(queue.enter(call, m.bytes("name"), m.number("lease"), Bytes.EMPTY)
                .thenCompose(place -> queue.front(call, place).thenApply(mine -> {
                    if (mine.isEmpty()) {
                        throw new CallRefused(Status.unknown("mutex: session is expired"));
                    }
                    return backend.answer("LockResponse", backend.readHere(Store::revision)).set("key", place.key());
                }))));
        calls.unary("/v3lockpb.Lock/Unlock", (call, m) -> uncoded(backend.propose(call,
                new Command.DeleteRange(m.bytes("key"), Bytes.EMPTY, false))
                .thenApply(result -> backend.answer("UnlockResponse", result.revision()))));
    }

    /** Errors of locks and elections have etcd's text and no code of their own. */
    static <T> CompletableFuture<T> uncoded(CompletableFuture<T> answer) {
        return answer.handle((done, failure) -> {
            if (failure == null) {
                return CompletableFuture.completedFuture(done);
            }
            Status status = Failures.status(failure);
            boolean passing = status.code() == Code.UNAVAILABLE || status.code() == Code.CANCELLED;
            return CompletableFuture.<T>failedFuture(new CallRefused(passing ? status : Status.unknown(status.text())));
        }).thenCompose(Function.identity());
    }
}
