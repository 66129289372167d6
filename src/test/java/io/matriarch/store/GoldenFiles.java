package io.matriarch.store;

import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseExpire;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRenew;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that hold a log and a snapshot as format version 1 wrote them. They are never written again: a change that
 * needs other bytes is a new format version with files of its own beside these.
 */
final class GoldenFiles {

    static final StoreLimits LIMITS = new StoreLimits(4096, 16, 1 << 20, 12);
    static final long STAMP = 1_893_456_000_000L;

    private GoldenFiles() {
    }

    /** Writes the files of the current format into the directory given; for the first time of a format version. */
    public static void main(String[] directory) throws IOException {
        write(Path.of(directory[0]), "v1-additions", additions());
    }

    private static void write(Path target, String name, List<Command> commands) throws IOException {
        Store store = new Store(LIMITS);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(log);
        long index = 0;
        for (Command command : commands) {
            byte[] bytes = CommandCodec.encode(command);
            out.writeInt(bytes.length);
            out.write(bytes);
            store.apply(++index, STAMP + index, command);
        }
        Files.write(target.resolve("log-" + name + ".bin"), log.toByteArray());
        Files.write(target.resolve("snapshot-" + name + ".bin"), CodecTest.snapshot(store));
        Files.writeString(target.resolve("state-" + name + ".txt"), describe(store));
    }

    static byte[] read(String name) throws IOException {
        try (InputStream in = GoldenFiles.class.getResourceAsStream("/golden/" + name)) {
            return in.readAllBytes();
        }
    }

    static List<byte[]> readLog(String name) throws IOException {
        List<byte[]> entries = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(GoldenFiles.class.getResourceAsStream("/golden/log-" + name + ".bin"))) {
            while (in.available() > 0) {
                entries.add(in.readNBytes(in.readInt()));
            }
        }
        return entries;
    }

    /** Commands of every kind with every field in use, so that all of the format is in the files. */
    static List<Command> commands() {
        Bytes leader = Bytes.of("/service/demo/leader");
        Bytes members = Bytes.of("/service/demo/members/");
        Bytes sync = Bytes.of("/service/demo/sync");
        List<Command> all = new ArrayList<>(List.of(new Command.Barrier(), new LeaseGrant(0, 30_000),
                new LeaseGrant(0x1234_5678_9abc_def0L, 2_500),
                new Put(Bytes.of("/service/demo/members/a"), Bytes.of("{\"state\":\"running\"}"), 1, false),
                new Put(Bytes.of("/service/demo/members/b"), Bytes.of(new byte[] {0, -1, -128, 127}), 1, true)));
        all.add(new Txn(List.of(Compare.absent(leader)), List.of(new Op.GrantOp(new LeaseGrant(77, 2_500)),
                new Op.PutOp(new Put(leader, Bytes.of("a"), 77, false))),
                List.of(new Op.RangeOp(RangeRequest.of(leader, Bytes.EMPTY)))));
        all.add(new LeaseRenew(77, 0x0123_4567_89abL, 5_000));
        all.add(new LeaseExpire(77, 0));
        for (Compare.Target target : Compare.Target.values()) {
            for (Compare.Result relation : Compare.Result.values()) {
                all.add(new Txn(List.of(new Compare(members, members.prefixEnd(), target, relation, 3, Bytes.of("x"))),
                        List.of(new Op.TxnOp(new Txn(List.of(), List.of(new Op.PutOp(new Put(sync,
                                Bytes.of(target + " " + relation), 0, false))), List.of()))), List.of()));
            }
        }
        for (RangeRequest.SortTarget target : RangeRequest.SortTarget.values()) {
            for (RangeRequest.SortOrder order : RangeRequest.SortOrder.values()) {
                all.add(new Txn(List.of(), List.of(new Op.RangeOp(new RangeRequest(members, members.prefixEnd(), 1, -1,
                        order == RangeRequest.SortOrder.NONE, target == RangeRequest.SortTarget.MOD, target, order,
                        1, 100, 2, 200))), List.of()));
            }
        }
        all.add(new DeleteRange(Bytes.of("/service/demo/members/b"), Bytes.EMPTY, true));
        all.add(new Command.Compact(8));
        all.add(new Command.Compact(1_000_000));
        all.add(new Txn(List.of(Compare.onLease(leader, 77)), List.of(new Op.GrantOp(new LeaseGrant(78, 2_500)),
                new Op.PutOp(new Put(leader, Bytes.of("b"), 78, true)), new Op.RevokeOp(new LeaseRevoke(77)),
                new Op.DeleteOp(new DeleteRange(sync, Bytes.EMPTY, true))), List.of()));
        all.add(new LeaseRevoke(0x1234_5678_9abc_def0L));
        all.add(new LeaseExpire(78, 0));
        all.add(new Put(Bytes.of("/service/demo/leader"), Bytes.EMPTY, 0, false));
        all.add(new DeleteRange(leader, Bytes.of("/service/demo/m"), false));
        all.add(new LeaseRenew(1, 0x7fff_ffff_ffffL, 20_000));
        all.add(new Put(Bytes.of("/service/demo/config"), Bytes.of("{\"ttl\":30}"), 0, false));
        return all;
    }

    /** Kinds and fields that came to format version 1 later; readers from before refuse them. */
    static List<Command> additions() {
        Bytes key = Bytes.of("/service/demo/kept");
        return List.of(new Put(key, Bytes.of("v"), 0, false), new Put(key, Bytes.EMPTY, 0, true, true, false),
                new Put(key, Bytes.of("w"), 0, false, false, true), new Put(key, Bytes.EMPTY, 0, true, true, true),
                new Command.Note(Bytes.of("member/1"), Bytes.of("http://10.0.0.11:2379")),
                new Command.Auth(Command.Auth.Action.USER_ADD, "root", "", Bytes.of("hash")),
                new Command.Auth(Command.Auth.Action.USER_GRANT, "root", "root", Bytes.EMPTY),
                new Command.Auth(Command.Auth.Action.USER_ADD, "ann", "", Bytes.of("other")),
                new Command.Auth(Command.Auth.Action.ROLE_ADD, "", "reader", Bytes.EMPTY),
                new Command.Auth(Command.Auth.Action.ROLE_GRANT, "", "reader", Bytes.EMPTY,
                        new Permission(Permission.Kind.READ, key, key.prefixEnd())),
                new Command.Auth(Command.Auth.Action.USER_GRANT, "ann", "reader", Bytes.EMPTY),
                new Command.Auth(Command.Auth.Action.ENABLE, "", "", Bytes.of("token key")),
                new Command.As("ann", 8, new Put(key, Bytes.of("refused"), 0, false)),
                new Command.As("root", 8, new Put(key, Bytes.of("done"), 0, false)));
    }

    /** The state as text, for people and for comparison. */
    static String describe(Store store) {
        StringBuilder text = new StringBuilder()
                .append("revision ").append(store.revision())
                .append("\ncompacted ").append(store.compactedRevision())
                .append("\nindex ").append(store.appliedIndex())
                .append("\nstamp ").append(store.stampMillis())
                .append("\nlimits ").append(store.limits()).append('\n');
        for (LeaseState lease : store.leases()) {
            text.append("lease ").append(Long.toHexString(lease.id())).append(" ttl ").append(lease.ttlMillis())
                    .append(" sequence ").append(lease.sequence()).append(" position ").append(lease.position())
                    .append(" keys ").append(lease.keys()).append('\n');
        }
        store.notes(Bytes.EMPTY).forEach((name, note) -> text.append("note ").append(name).append('=').append(note).append('\n'));
        if (!store.auth().equals(AuthState.NONE)) {
            text.append("auth ").append(store.auth()).append('\n');
        }
        Bytes first = Bytes.of(new byte[] {0});
        for (KeyValue kv : ((Result.RangeResult) store.range(RangeRequest.of(first, first))).kvs()) {
            text.append("key ").append(describe(kv)).append('\n');
        }
        for (List<Event> events : store.eventsSince(store.compactedRevision()).orElseThrow()) {
            for (Event event : events) {
                text.append("event ").append(event.type()).append(' ').append(describe(event.kv())).append(" before ")
                        .append(event.previous().map(GoldenFiles::describe).orElse("-")).append('\n');
            }
        }
        return text.toString();
    }

    private static String describe(KeyValue kv) {
        return new String(kv.key().toArray(), StandardCharsets.UTF_8) + '=' + java.util.HexFormat.of()
                .formatHex(kv.value().toArray()) + " create " + kv.createRevision() + " mod " + kv.modRevision()
                + " version " + kv.version() + " lease " + Long.toHexString(kv.lease());
    }
}
