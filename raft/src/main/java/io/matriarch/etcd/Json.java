package io.matriarch.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Compare;
import io.matriarch.store.Event;
import io.matriarch.store.KeyValue;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The JSON of etcd's gateway: 64-bit numbers as text, bytes in base64, what is zero or empty left out. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** @throws IOException when it is not a JSON object */
    static JsonNode parse(String text) throws IOException {
        JsonNode node = MAPPER.readTree(text);
        if (node == null || !node.isObject()) {
            throw new IOException("not a JSON object");
        }
        return node;
    }

    static ObjectNode range(RangeRequest request) {
        ObjectNode json = object();
        json.put("key", text(request.key()));
        if (request.rangeEnd().size() > 0) {
            json.put("range_end", text(request.rangeEnd()));
        }
        if (request.limit() > 0) {
            json.put("limit", String.valueOf(request.limit()));
        }
        if (request.revision() > 0) {
            json.put("revision", String.valueOf(request.revision()));
        }
        if (request.keysOnly()) {
            json.put("keys_only", true);
        }
        if (request.countOnly()) {
            json.put("count_only", true);
        }
        return json;
    }

    static ObjectNode put(Command.Put put) {
        ObjectNode json = object();
        json.put("key", text(put.key())).put("value", text(put.value()));
        if (put.lease() != 0) {
            json.put("lease", String.valueOf(put.lease()));
        }
        return json;
    }

    static ObjectNode delete(Command.DeleteRange delete) {
        ObjectNode json = object();
        json.put("key", text(delete.key()));
        if (delete.rangeEnd().size() > 0) {
            json.put("range_end", text(delete.rangeEnd()));
        }
        return json;
    }

    /** The transaction without its operations on leases, which etcd has only outside of transactions. */
    static ObjectNode txn(Command.Txn txn) {
        ObjectNode json = object();
        ArrayNode compares = json.putArray("compare");
        txn.compares().forEach(compare -> compares.add(compare(compare)));
        operations(json.putArray("success"), txn.success());
        operations(json.putArray("failure"), txn.failure());
        return json;
    }

    private static void operations(ArrayNode json, List<Op> ops) {
        for (Op op : ops) {
            if (op instanceof Op.RangeOp range) {
                json.addObject().set("request_range", range(range.range()));
            } else if (op instanceof Op.PutOp put) {
                json.addObject().set("request_put", put(put.put()));
            } else if (op instanceof Op.DeleteOp delete) {
                json.addObject().set("request_delete_range", delete(delete.delete()));
            } else if (op instanceof Op.TxnOp nested) {
                json.addObject().set("request_txn", txn(nested.txn()));
            }
        }
    }

    private static ObjectNode compare(Compare compare) {
        ObjectNode json = object();
        json.put("key", text(compare.key())).put("result", compare.result().name()).put("target", compare.target().name());
        if (compare.rangeEnd().size() > 0) {
            json.put("range_end", text(compare.rangeEnd()));
        }
        switch (compare.target()) {
            case VALUE -> json.put("value", text(compare.value()));
            case VERSION -> json.put("version", String.valueOf(compare.number()));
            case CREATE -> json.put("create_revision", String.valueOf(compare.number()));
            case MOD -> json.put("mod_revision", String.valueOf(compare.number()));
            case LEASE -> json.put("lease", String.valueOf(compare.number()));
        }
        return json;
    }

    static long revision(JsonNode body) {
        return number(body.path("header"), "revision");
    }

    static long term(JsonNode body) {
        return number(body.path("header"), "raft_term");
    }

    static long number(JsonNode node, String field) {
        return node.path(field).asLong(0);
    }

    static Result.RangeResult rangeResult(JsonNode body, long revision) {
        List<KeyValue> kvs = new ArrayList<>();
        body.path("kvs").forEach(kv -> kvs.add(keyValue(kv)));
        return new Result.RangeResult(revision, kvs, body.path("more").asBoolean(false), number(body, "count"));
    }

    /** One answer for each operation of the branch that ran, those on leases included. */
    static Result.TxnResult txnResult(Command.Txn txn, JsonNode body, long revision) {
        boolean succeeded = body.path("succeeded").asBoolean(false);
        List<Result> results = new ArrayList<>();
        int next = 0;
        for (Op op : succeeded ? txn.success() : txn.failure()) {
            if (op instanceof Op.GrantOp grant) {
                results.add(new Result.LeaseResult(revision, grant.grant().id(), grant.grant().ttlMillis(), 0));
            } else if (op instanceof Op.RevokeOp revoke) {
                results.add(new Result.LeaseResult(revision, revoke.revoke().id(), 0, 0));
            } else {
                results.add(operation(op, body.path("responses").path(next++), revision));
            }
        }
        return new Result.TxnResult(revision, succeeded, results);
    }

    private static Result operation(Op op, JsonNode response, long revision) {
        if (op instanceof Op.RangeOp) {
            return rangeResult(response.path("response_range"), revision);
        } else if (op instanceof Op.DeleteOp) {
            return new Result.DeleteResult(revision, number(response.path("response_delete_range"), "deleted"), List.of());
        } else if (op instanceof Op.TxnOp nested) {
            return txnResult(nested.txn(), response.path("response_txn"), revision);
        }
        return new Result.PutResult(revision, Optional.empty());
    }

    static Event event(JsonNode event) {
        boolean deleted = event.path("type").asText("PUT").equals("DELETE");
        return new Event(deleted ? Event.Type.DELETE : Event.Type.PUT, keyValue(event.path("kv")), Optional.empty());
    }

    private static KeyValue keyValue(JsonNode kv) {
        return new KeyValue(bytes(kv.path("key").asText("")), bytes(kv.path("value").asText("")),
                number(kv, "create_revision"), number(kv, "mod_revision"), number(kv, "version"), number(kv, "lease"));
    }

    static String text(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.toArray());
    }

    static Bytes bytes(String base64) {
        return Bytes.of(Base64.getDecoder().decode(base64));
    }
}
