package io.matriarch.etcdapi;

import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.StoreError;
import java.util.concurrent.CompletableFuture;

/** The calls of {@code etcdserverpb.KV}. */
final class KvCalls {

    private final Backend backend;
    private final Translation translation;

    private KvCalls(Backend backend) {
        this.backend = backend;
        this.translation = new Translation(backend.schema());
    }

    static void register(Calls calls, Backend backend) {
        KvCalls kv = new KvCalls(backend);
        calls.unary("/etcdserverpb.KV/Range", kv::range);
        calls.unary("/etcdserverpb.KV/Put", (call, m) -> kv.write(call, Translation.put(m)));
        calls.unary("/etcdserverpb.KV/DeleteRange", (call, m) -> kv.write(call, Translation.delete(m)));
        calls.unary("/etcdserverpb.KV/Txn", (call, m) -> kv.write(call, Translation.txn(m)));
        calls.unary("/etcdserverpb.KV/Compact", kv::compact);
    }

    private CompletableFuture<Message> range(Call call, Message m) {
        RangeRequest request = Translation.range(m);
        if (request.key().size() == 0) {
            throw new CallRefused(Status.of(StoreError.EMPTY_KEY));
        }
        CompletableFuture<Result> result = m.flag("serializable") ? CompletableFuture.completedFuture(backend.readHere(store -> {
            backend.requireRead(call, store, request.key(), request.rangeEnd());
            return Backend.accepted(store.range(request));
        })) : backend.range(call, request);
        return result.thenApply(this::answer);
    }

    private CompletableFuture<Message> write(Call call, Command command) {
        return backend.propose(call, command).thenApply(this::answer);
    }

    private Message answer(Result result) {
        return translation.answer(result, backend.header(result.revision()));
    }

    private CompletableFuture<Message> compact(Call call, Message m) {
        return backend.propose(call, new Command.Compact(m.number("revision")))
                .thenApply(result -> backend.answer("CompactionResponse", result.revision()));
    }
}
