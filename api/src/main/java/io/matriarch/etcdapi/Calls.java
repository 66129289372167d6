package io.matriarch.etcdapi;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Which code answers which call. */
final class Calls {

    private final Map<String, Function<Call, Inbound>> byName = new HashMap<>();
    private final Schema schema;

    Calls(Schema schema) {
        this.schema = schema;
    }

    /** A call of one request and one answer. A failed future ends it with the status of its {@link CallRefused}. */
    void unary(String path, BiFunction<Call, Message, CompletableFuture<Message>> answer) {
        stream(path, call -> new Inbound() {
            private boolean seen;

            @Override
            public void message(Message request) {
                if (seen) {
                    throw new CallRefused(new Status(Code.INTERNAL, "more than one request in a call of one"));
                }
                seen = true;
                answer.apply(call, request).whenComplete((response, failure) -> {
                    if (failure == null) {
                        call.send(response);
                    }
                    call.end(failure == null ? Status.OK : Failures.status(failure));
                });
            }

            @Override
            public void halfClosed() {
                if (!seen) {
                    call.end(new Status(Code.INTERNAL, "no request"));
                }
            }
        });
    }

    /** A call of streams; what {@code begin} returns receives what the client sends. */
    void stream(String path, Function<Call, Inbound> begin) {
        if (schema.call(path).isEmpty()) {
            throw new IllegalArgumentException("no call " + path);
        }
        byName.put(path, begin);
    }

    /** Empty for a call that nothing here answers. */
    Optional<Function<Call, Inbound>> of(Rpc rpc) {
        return Optional.ofNullable(byName.get(rpc.path()));
    }

    Schema schema() {
        return schema;
    }
}
