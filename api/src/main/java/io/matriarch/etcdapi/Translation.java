package io.matriarch.etcdapi;

import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Compare;
import io.matriarch.store.KeyValue;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.StoreError;
import java.util.List;
import java.util.Optional;

/** Between the messages of etcd and the commands of the store. Whatever can be refused is refused by the store. */
final class Translation {

    private static final Compare.Target[] TARGETS = Compare.Target.values();
    private static final Compare.Result[] RELATIONS = Compare.Result.values();
    private static final RangeRequest.SortTarget[] SORT_TARGETS = RangeRequest.SortTarget.values();
    private static final RangeRequest.SortOrder[] SORT_ORDERS = RangeRequest.SortOrder.values();

    private final Schema schema;

    Translation(Schema schema) {
        this.schema = schema;
    }

    static RangeRequest range(Message m) {
        return new RangeRequest(m.bytes("key"), m.bytes("range_end"), m.number("limit"), m.number("revision"),
                m.flag("keys_only"), m.flag("count_only"), constant(SORT_TARGETS, m.number("sort_target")),
                constant(SORT_ORDERS, m.number("sort_order")), m.number("min_mod_revision"),
                m.number("max_mod_revision"), m.number("min_create_revision"), m.number("max_create_revision"));
    }

    private static <E> E constant(E[] constants, long number) {
        if (number < 0 || number >= constants.length) {
            throw new CallRefused(Status.invalid("etcdserver: invalid sort option"));
        }
        return constants[(int) number];
    }

    static Command.Put put(Message m) {
        return new Command.Put(m.bytes("key"), m.bytes("value"), m.number("lease"), m.flag("prev_kv"),
                m.flag("ignore_value"), m.flag("ignore_lease"));
    }

    static Command.DeleteRange delete(Message m) {
        return new Command.DeleteRange(m.bytes("key"), m.bytes("range_end"), m.flag("prev_kv"));
    }

    static Command.Txn txn(Message m) {
        return new Command.Txn(m.messages("compare").stream().map(Translation::compare).toList(),
                ops(m.messages("success")), ops(m.messages("failure")));
    }

    private static Compare compare(Message m) {
        long target = m.number("target");
        long relation = m.number("result");
        if (target < 0 || target >= TARGETS.length || relation < 0 || relation >= RELATIONS.length) {
            throw new CallRefused(Status.invalid("etcdserver: invalid compare"));
        }
        String operand = switch (TARGETS[(int) target]) {
            case VERSION -> "version";
            case CREATE -> "create_revision";
            case MOD -> "mod_revision";
            case LEASE -> "lease";
            case VALUE -> "value";
        };
        boolean byValue = operand.equals("value");
        return new Compare(m.bytes("key"), m.bytes("range_end"), TARGETS[(int) target], RELATIONS[(int) relation],
                byValue ? 0 : m.number(operand), byValue ? m.bytes(operand) : Bytes.EMPTY);
    }

    private static List<Op> ops(List<Message> messages) {
        return messages.stream().map(Translation::op).toList();
    }

    private static Op op(Message m) {
        Optional<Message> range = m.message("request_range");
        if (range.isPresent()) {
            return new Op.RangeOp(range(range.get()));
        }
        Optional<Message> put = m.message("request_put");
        if (put.isPresent()) {
            return new Op.PutOp(put(put.get()));
        }
        Optional<Message> delete = m.message("request_delete_range");
        if (delete.isPresent()) {
            return new Op.DeleteOp(delete(delete.get()));
        }
        Message txn = m.message("request_txn").orElseThrow(() -> new CallRefused(Status.of(StoreError.KEY_NOT_FOUND)));
        return new Op.TxnOp(txn(txn));
    }

    Message keyValue(KeyValue kv) {
        return schema.fresh("KeyValue").set("key", kv.key()).set("create_revision", kv.createRevision())
                .set("mod_revision", kv.modRevision()).set("version", kv.version()).set("value", kv.value())
                .set("lease", kv.lease());
    }

    /** The answer to a read or a write of keys. */
    Message answer(Result result, Message header) {
        if (result instanceof Result.RangeResult range) {
            Message m = schema.fresh("RangeResponse").set("header", header).set("more", range.more())
                    .set("count", range.count());
            range.kvs().forEach(kv -> m.add("kvs", keyValue(kv)));
            return m;
        }
        if (result instanceof Result.PutResult put) {
            Message m = schema.fresh("PutResponse").set("header", header);
            put.previous().ifPresent(kv -> m.set("prev_kv", keyValue(kv)));
            return m;
        }
        if (result instanceof Result.DeleteResult delete) {
            Message m = schema.fresh("DeleteRangeResponse").set("header", header).set("deleted", delete.deleted());
            delete.previous().forEach(kv -> m.add("prev_kvs", keyValue(kv)));
            return m;
        }
        if (result instanceof Result.TxnResult txn) {
            Message m = schema.fresh("TxnResponse").set("header", header).set("succeeded", txn.succeeded());
            txn.responses().forEach(response -> m.add("responses", element(response)));
            return m;
        }
        throw new IllegalArgumentException("not an answer about keys: " + result.getClass().getSimpleName());
    }

    /** Inside a transaction a header has nothing but the revision, and that of a nested one not even that. */
    private Message element(Result result) {
        Message header = schema.fresh("ResponseHeader");
        Message answer = answer(result, result instanceof Result.TxnResult ? header : header.set("revision", result.revision()));
        String field = result instanceof Result.RangeResult ? "response_range" : result instanceof Result.PutResult
                ? "response_put" : result instanceof Result.DeleteResult ? "response_delete_range" : "response_txn";
        return schema.fresh("ResponseOp").set(field, answer);
    }
}
