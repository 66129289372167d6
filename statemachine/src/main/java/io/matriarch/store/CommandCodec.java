package io.matriarch.store;

import io.matriarch.store.Command.Barrier;
import io.matriarch.store.Command.Compact;
import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseExpire;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRenew;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Note;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.util.List;

/**
 * The versioned byte form of commands and results, as in log entries and replies.
 *
 * <p>A command is: a magic byte, the format version, a kind, a record with the fields, a CRC32C of all that. Every
 * record has its length before it. A record with fields that this version does not know is refused: leaving them out
 * would make peers of different versions apply one entry differently. A reply may have more fields than known.
 */
public final class CommandCodec {

    /** Commands larger than this are never decoded; far above any {@link StoreLimits#requestBytes}. */
    static final int MAX_BYTES = 16 << 20;
    static final int MAX_DEPTH = 128;

    private static final int MAGIC = 0xC3;
    private static final int VERSION = 1;

    private static final int BARRIER = 1;
    private static final int PUT = 2;
    private static final int DELETE_RANGE = 3;
    private static final int TXN = 4;
    private static final int COMPACT = 5;
    private static final int LEASE_GRANT = 6;
    private static final int LEASE_RENEW = 7;
    private static final int LEASE_EXPIRE = 8;
    private static final int LEASE_REVOKE = 9;
    private static final int RANGE = 10;
    private static final int NOTE = 11;
    private static final int AS = 12;
    private static final int AUTH = 13;

    private static final Command.Auth.Action[] ACTIONS = Command.Auth.Action.values();
    private static final Permission.Kind[] PERMISSIONS = Permission.Kind.values();
    private static final Compare.Target[] TARGETS = Compare.Target.values();
    private static final Compare.Result[] RELATIONS = Compare.Result.values();
    private static final RangeRequest.SortTarget[] SORT_TARGETS = RangeRequest.SortTarget.values();
    private static final RangeRequest.SortOrder[] SORT_ORDERS = RangeRequest.SortOrder.values();

    private CommandCodec() {
    }

    /** @throws IllegalArgumentException when transactions are nested too deep */
    public static byte[] encode(Command command) {
        WireWriter out = new WireWriter().octet(MAGIC).octet(VERSION);
        write(out, command, MAX_DEPTH);
        return out.checksum().toArray();
    }

    /** @throws IllegalArgumentException when the bytes are damaged or of a version this code does not know */
    public static Command decode(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("command of " + bytes.length + " bytes");
        }
        WireReader in = WireReader.checked(bytes);
        expectHeader(in, MAGIC, VERSION);
        Command command = read(in.octet(), in, MAX_DEPTH);
        in.expectEnd();
        return command;
    }

    public static byte[] encodeResult(Result result) {
        return ResultCodec.encode(result);
    }

    /** @throws IllegalArgumentException when the bytes are damaged or of a version this code does not know */
    public static Result decodeResult(byte[] bytes) {
        return ResultCodec.decode(bytes);
    }

    static void expectHeader(WireReader in, int magic, int version) {
        if (in.octet() != magic) {
            throw new IllegalArgumentException("not in this format");
        }
        int found = in.octet();
        if (found != version) {
            throw new IllegalArgumentException("format version " + found + ", known is " + version);
        }
    }

    static int deeper(int depthLeft) {
        if (depthLeft == 0) {
            throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH);
        }
        return depthLeft - 1;
    }

    private static void write(WireWriter out, Command command, int depthLeft) {
        if (command instanceof Put put) {
            out.octet(PUT).record(new WireWriter().bytes(put.key()).bytes(put.value()).number(put.lease())
                    .octet((put.prevKv() ? 1 : 0) | (put.ignoreValue() ? 2 : 0) | (put.ignoreLease() ? 4 : 0)));
        } else if (command instanceof DeleteRange delete) {
            out.octet(DELETE_RANGE).record(new WireWriter().bytes(delete.key()).bytes(delete.rangeEnd())
                    .flag(delete.prevKv()));
        } else if (command instanceof Txn txn) {
            out.octet(TXN).record(txn(txn, deeper(depthLeft)));
        } else if (command instanceof Compact compact) {
            out.octet(COMPACT).record(new WireWriter().number(compact.revision()));
        } else if (command instanceof LeaseGrant grant) {
            out.octet(LEASE_GRANT).record(new WireWriter().number(grant.id()).number(grant.ttlMillis()));
        } else if (command instanceof LeaseRenew renew) {
            out.octet(LEASE_RENEW).record(new WireWriter().number(renew.id()).number(renew.position())
                    .number(renew.ttlMillis()));
        } else if (command instanceof LeaseExpire expire) {
            out.octet(LEASE_EXPIRE).record(new WireWriter().number(expire.id()).number(expire.sequenceSeen()));
        } else if (command instanceof LeaseRevoke revoke) {
            out.octet(LEASE_REVOKE).record(new WireWriter().number(revoke.id()));
        } else if (command instanceof Note note) {
            out.octet(NOTE).record(new WireWriter().bytes(note.name()).bytes(note.text()));
        } else if (command instanceof Command.As as) {
            WireWriter inner = new WireWriter().text(as.user()).number(as.authRevision());
            write(inner, as.command(), deeper(depthLeft));
            out.octet(AS).record(inner);
        } else if (command instanceof Command.Auth auth) {
            out.octet(AUTH).record(write(new WireWriter().octet(auth.action().ordinal()).text(auth.name()).text(auth.role())
                    .bytes(auth.secret()), auth.permission()));
        } else {
            out.octet(BARRIER).record(new WireWriter());
        }
    }

    private static WireWriter txn(Txn txn, int depthLeft) {
        WireWriter out = new WireWriter().number(txn.compares().size());
        for (Compare compare : txn.compares()) {
            out.record(new WireWriter().bytes(compare.key()).bytes(compare.rangeEnd())
                    .octet(compare.target().ordinal()).octet(compare.result().ordinal())
                    .number(compare.number()).bytes(compare.value()));
        }
        writeOps(out, txn.success(), depthLeft);
        writeOps(out, txn.failure(), depthLeft);
        return out;
    }

    private static void writeOps(WireWriter out, List<Op> ops, int depthLeft) {
        out.number(ops.size());
        for (Op op : ops) {
            WireWriter element = new WireWriter();
            if (op instanceof Op.RangeOp range) {
                element.octet(RANGE).record(range(range.range()));
            } else if (op instanceof Op.PutOp put) {
                write(element, put.put(), depthLeft);
            } else if (op instanceof Op.DeleteOp delete) {
                write(element, delete.delete(), depthLeft);
            } else if (op instanceof Op.TxnOp txn) {
                write(element, txn.txn(), depthLeft);
            } else if (op instanceof Op.GrantOp grant) {
                write(element, grant.grant(), depthLeft);
            } else if (op instanceof Op.RevokeOp revoke) {
                write(element, revoke.revoke(), depthLeft);
            }
            out.record(element);
        }
    }

    private static WireWriter range(RangeRequest range) {
        return new WireWriter().bytes(range.key()).bytes(range.rangeEnd()).number(range.limit())
                .number(range.revision()).octet((range.keysOnly() ? 1 : 0) | (range.countOnly() ? 2 : 0))
                .octet(range.sortTarget().ordinal()).octet(range.sortOrder().ordinal())
                .number(range.minModRevision()).number(range.maxModRevision())
                .number(range.minCreateRevision()).number(range.maxCreateRevision());
    }

    private static Command read(int kind, WireReader outer, int depthLeft) {
        WireReader in = outer.record();
        Command command = switch (kind) {
            case BARRIER -> new Barrier();
            case PUT -> readPut(in);
            case DELETE_RANGE -> new DeleteRange(in.bytes(), in.bytes(), in.flag());
            case TXN -> readTxn(in, deeper(depthLeft));
            case COMPACT -> new Compact(in.number());
            case LEASE_GRANT -> new LeaseGrant(in.number(), in.number());
            case LEASE_RENEW -> new LeaseRenew(in.number(), in.number(), in.number());
            case LEASE_EXPIRE -> new LeaseExpire(in.number(), in.number());
            case LEASE_REVOKE -> new LeaseRevoke(in.number());
            case NOTE -> new Note(in.bytes(), in.bytes());
            case AS -> new Command.As(in.text(), in.number(), read(in.octet(), in, deeper(depthLeft)));
            case AUTH -> new Command.Auth(in.constant(ACTIONS), in.text(), in.text(), in.bytes(), readPermission(in));
            default -> throw new IllegalArgumentException("unknown kind of command: " + kind);
        };
        in.expectEnd();
        return command;
    }

    static WireWriter write(WireWriter out, Permission permission) {
        return out.octet(permission.kind().ordinal()).bytes(permission.key()).bytes(permission.rangeEnd());
    }

    static Permission readPermission(WireReader in) {
        return new Permission(in.constant(PERMISSIONS), in.bytes(), in.bytes());
    }

    private static Put readPut(WireReader in) {
        Bytes key = in.bytes();
        Bytes value = in.bytes();
        long lease = in.number();
        int options = in.flags(7);
        return new Put(key, value, lease, (options & 1) != 0, (options & 2) != 0, (options & 4) != 0);
    }

    private static Txn readTxn(WireReader in, int depthLeft) {
        List<Compare> compares = in.records(CommandCodec::readCompare);
        List<Op> success = in.records(op -> readOp(op, depthLeft));
        List<Op> failure = in.records(op -> readOp(op, depthLeft));
        return new Txn(compares, success, failure);
    }

    private static Compare readCompare(WireReader in) {
        Compare compare = new Compare(in.bytes(), in.bytes(), in.constant(TARGETS), in.constant(RELATIONS),
                in.number(), in.bytes());
        in.expectEnd();
        return compare;
    }

    private static Op readOp(WireReader in, int depthLeft) {
        int kind = in.octet();
        Op op = kind == RANGE ? new Op.RangeOp(readRange(in.record())) : asOp(read(kind, in, depthLeft));
        in.expectEnd();
        return op;
    }

    private static Op asOp(Command command) {
        if (command instanceof Put put) {
            return new Op.PutOp(put);
        }
        if (command instanceof DeleteRange delete) {
            return new Op.DeleteOp(delete);
        }
        if (command instanceof Txn txn) {
            return new Op.TxnOp(txn);
        }
        if (command instanceof LeaseGrant grant) {
            return new Op.GrantOp(grant);
        }
        if (command instanceof LeaseRevoke revoke) {
            return new Op.RevokeOp(revoke);
        }
        throw new IllegalArgumentException("not an operation of a transaction");
    }

    private static RangeRequest readRange(WireReader in) {
        Bytes key = in.bytes();
        Bytes rangeEnd = in.bytes();
        long limit = in.number();
        long revision = in.number();
        int options = in.flags(3);
        RangeRequest range = new RangeRequest(key, rangeEnd, limit, revision, (options & 1) != 0, (options & 2) != 0,
                in.constant(SORT_TARGETS), in.constant(SORT_ORDERS), in.number(), in.number(), in.number(),
                in.number());
        in.expectEnd();
        return range;
    }
}
