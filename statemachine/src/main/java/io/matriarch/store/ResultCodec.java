package io.matriarch.store;

import io.matriarch.store.Result.BarrierResult;
import io.matriarch.store.Result.CompactResult;
import io.matriarch.store.Result.DeleteResult;
import io.matriarch.store.Result.ErrorResult;
import io.matriarch.store.Result.LeaseResult;
import io.matriarch.store.Result.PutResult;
import io.matriarch.store.Result.RangeResult;
import io.matriarch.store.Result.TxnResult;
import java.util.List;

/** The byte form of results. A reader leaves out fields of a result that it does not know: they cannot change a state. */
final class ResultCodec {

    private static final int MAGIC = 0xC4;
    private static final int VERSION = 1;

    private static final int BARRIER = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int RANGE = 4;
    private static final int TXN = 5;
    private static final int COMPACT = 6;
    private static final int LEASE = 7;
    private static final int ERROR = 8;

    private ResultCodec() {
    }

    static byte[] encode(Result result) {
        WireWriter out = new WireWriter().octet(MAGIC).octet(VERSION);
        write(out, result, CommandCodec.MAX_DEPTH);
        return out.checksum().toArray();
    }

    static Result decode(byte[] bytes) {
        WireReader in = WireReader.checked(bytes);
        CommandCodec.expectHeader(in, MAGIC, VERSION);
        return read(in, CommandCodec.MAX_DEPTH);
    }

    private static void write(WireWriter out, Result result, int depthLeft) {
        WireWriter body = new WireWriter().number(result.revision());
        int kind = BARRIER;
        if (result instanceof PutResult put) {
            kind = PUT;
            writeAll(body, put.previous().stream().toList());
        } else if (result instanceof DeleteResult delete) {
            kind = DELETE;
            writeAll(body.number(delete.deleted()), delete.previous());
        } else if (result instanceof RangeResult range) {
            kind = RANGE;
            writeAll(body.number(range.count()).flag(range.more()), range.kvs());
        } else if (result instanceof TxnResult txn) {
            kind = TXN;
            body.flag(txn.succeeded()).number(txn.responses().size());
            int deeper = CommandCodec.deeper(depthLeft);
            for (Result response : txn.responses()) {
                WireWriter element = new WireWriter();
                write(element, response, deeper);
                body.record(element);
            }
        } else if (result instanceof CompactResult) {
            kind = COMPACT;
        } else if (result instanceof LeaseResult lease) {
            kind = LEASE;
            body.number(lease.id()).number(lease.ttlMillis()).number(lease.keys());
        } else if (result instanceof ErrorResult error) {
            kind = ERROR;
            body.text(error.error().name());
        }
        out.octet(kind).record(body);
    }

    private static void writeAll(WireWriter out, List<KeyValue> kvs) {
        out.number(kvs.size());
        for (KeyValue kv : kvs) {
            out.record(write(kv));
        }
    }

    static WireWriter write(KeyValue kv) {
        return new WireWriter().bytes(kv.key()).bytes(kv.value()).number(kv.createRevision())
                .number(kv.modRevision()).number(kv.version()).number(kv.lease());
    }

    static KeyValue readKeyValue(WireReader in) {
        return new KeyValue(in.bytes(), in.bytes(), in.number(), in.number(), in.number(), in.number());
    }

    private static Result read(WireReader outer, int depthLeft) {
        int kind = outer.octet();
        WireReader in = outer.record();
        long revision = in.number();
        return switch (kind) {
            case BARRIER -> new BarrierResult(revision);
            case PUT -> new PutResult(revision, in.records(ResultCodec::readKeyValue).stream().findFirst());
            case DELETE -> new DeleteResult(revision, in.number(), in.records(ResultCodec::readKeyValue));
            case RANGE -> readRange(revision, in);
            case TXN -> {
                int deeper = CommandCodec.deeper(depthLeft);
                boolean succeeded = in.flag();
                yield new TxnResult(revision, succeeded, in.records(element -> read(element, deeper)));
            }
            case COMPACT -> new CompactResult(revision);
            case LEASE -> new LeaseResult(revision, in.number(), in.number(), in.number());
            case ERROR -> new ErrorResult(revision, error(in.text()));
            default -> throw new IllegalArgumentException("unknown kind of result: " + kind);
        };
    }

    private static RangeResult readRange(long revision, WireReader in) {
        long count = in.number();
        boolean more = in.flag();
        return new RangeResult(revision, in.records(ResultCodec::readKeyValue), more, count);
    }

    private static StoreError error(String name) {
        for (StoreError error : StoreError.values()) {
            if (error.name().equals(name)) {
                return error;
            }
        }
        throw new IllegalArgumentException("unknown error: " + name);
    }
}
