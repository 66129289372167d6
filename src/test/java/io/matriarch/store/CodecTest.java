package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {

    private static final Bytes A = Bytes.of("a");
    private static final KeyValue KV = new KeyValue(A, Bytes.of("value"), 3, 7, 2, -5);

    static List<Command> commands() {
        Put put = new Put(A, Bytes.of(new byte[] {0, -1, 127}), -1, true);
        DeleteRange delete = new DeleteRange(A, A.prefixEnd(), true);
        RangeRequest range = new RangeRequest(A, Bytes.of("b"), 5, 9, true, true, RangeRequest.SortTarget.VALUE,
                RangeRequest.SortOrder.DESCEND, 1, 2, 3, 4);
        Txn nested = new Txn(List.of(), List.of(new Op.PutOp(put)), List.of());
        return List.of(new Command.Barrier(), put, delete, new Command.Compact(77), new Command.Note(A, Bytes.of("x")),
                new Command.As("ann", 3, put), new Command.Auth(Command.Auth.Action.ROLE_GRANT, "", "r", Bytes.EMPTY,
                        new Permission(Permission.Kind.READWRITE, A, Bytes.of("b"))),
                new Put(A, Bytes.EMPTY, 0, false, true, false), new Put(A, Bytes.EMPTY, 7, true, true, true),
                new LeaseGrant(Long.MAX_VALUE, 30_000), new Command.LeaseRenew(Long.MIN_VALUE, 1L << 60, 2_500),
                new Command.LeaseExpire(1, 2), new LeaseRevoke(3), nested,
                new Txn(List.of(Compare.absent(A), Compare.onLease(A, 8),
                        new Compare(A, A.prefixEnd(), Compare.Target.VALUE, Compare.Result.LESS, 0, Bytes.of("v"))),
                        List.of(new Op.RangeOp(range), new Op.PutOp(put), new Op.DeleteOp(delete), new Op.TxnOp(nested),
                                new Op.GrantOp(new LeaseGrant(4, 5)), new Op.RevokeOp(new LeaseRevoke(6))),
                        List.of(new Op.RangeOp(RangeRequest.prefix(A)))));
    }

    static List<Result> results() {
        Result.RangeResult range = new Result.RangeResult(9, List.of(KV, KV), true, 12);
        return List.of(new Result.BarrierResult(1), new Result.PutResult(2, Optional.empty()),
                new Result.PutResult(2, Optional.of(KV)), new Result.DeleteResult(3, 1, List.of(KV)), range,
                new Result.CompactResult(4), new Result.LeaseResult(5, -6, 7, 1),
                new Result.ErrorResult(8, StoreError.LEASE_NOT_FOUND),
                new Result.TxnResult(9, true, List.of(range, new Result.TxnResult(9, false, List.of()))));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandsComeBack(Command command) {
        assertEquals(command, CommandCodec.decode(CommandCodec.encode(command)));
    }

    @ParameterizedTest
    @MethodSource("results")
    void resultsComeBack(Result result) {
        assertEquals(result, CommandCodec.decodeResult(CommandCodec.encodeResult(result)));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyDamagedByteOfACommandIsRefused(Command command) {
        assertEveryDamageRefused(CommandCodec.encode(command), CommandCodec::decode);
    }

    @ParameterizedTest
    @MethodSource("results")
    void everyDamagedByteOfAResultIsRefused(Result result) {
        assertEveryDamageRefused(CommandCodec.encodeResult(result), CommandCodec::decodeResult);
    }

    @Test
    void everyDamagedByteOfASnapshotIsRefused() {
        assertEveryDamageRefused(snapshot(sample()), CodecTest::restore);
    }

    @Test
    void damageUnderARightChecksumIsRefusedOrReadsAsAnotherCommandButNeverCrashes() {
        SplittableRandom random = new SplittableRandom(4711);
        for (int round = 0; round < 20_000; round++) {
            List<Command> all = commands();
            byte[] bytes = CommandCodec.encode(all.get(random.nextInt(all.size())));
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            decodeLeniently(sealed(bytes));
        }
    }

    private static void decodeLeniently(byte[] bytes) {
        Command command;
        try {
            command = CommandCodec.decode(bytes);
        } catch (IllegalArgumentException refused) {
            return; // what the contract says of damaged bytes
        }
        assertArrayEquals(bytes, CommandCodec.encode(command), "only one byte form for each command");
    }

    @Test
    void anotherFormatVersionIsRefusedByItsNumber() {
        byte[] bytes = CommandCodec.encode(new Command.Barrier());
        bytes[1] = 2;
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> CommandCodec.decode(sealed(bytes)));
        assertEquals("format version 2, known is 1", refusal.getMessage());
    }

    @Test
    void aCommandWithAFieldOfANewerVersionIsRefused() {
        byte[] bytes = new WireWriter().octet(0xC3).octet(1).octet(5)
                .record(new WireWriter().number(7).flag(true)).checksum().toArray();
        assertThrows(IllegalArgumentException.class, () -> CommandCodec.decode(bytes));
    }

    @Test
    void aResultWithAFieldOfANewerVersionIsRead() {
        byte[] bytes = new WireWriter().octet(0xC4).octet(1).octet(6)
                .record(new WireWriter().number(7).flag(true)).checksum().toArray();
        assertEquals(new Result.CompactResult(7), CommandCodec.decodeResult(bytes));
    }

    @Test
    void aClaimOfABillionElementsAllocatesNothing() {
        byte[] bytes = new WireWriter().octet(0xC3).octet(1).octet(4)
                .record(new WireWriter().number(1_000_000_000)).checksum().toArray();
        assertThrows(IllegalArgumentException.class, () -> CommandCodec.decode(bytes));
    }

    @Test
    void nestingIsBounded() {
        Txn deep = new Txn(List.of(), List.of(), List.of());
        for (int i = 1; i < CommandCodec.MAX_DEPTH; i++) {
            deep = new Txn(List.of(), List.of(new Op.TxnOp(deep)), List.of());
        }
        assertEquals(deep, CommandCodec.decode(CommandCodec.encode(deep)));
        Txn deeper = new Txn(List.of(), List.of(new Op.TxnOp(deep)), List.of());
        assertThrows(IllegalArgumentException.class, () -> CommandCodec.encode(deeper));
    }

    @Test
    void aSnapshotGivesTheSameStateAndTheSameBytes() {
        Store store = sample();
        byte[] bytes = snapshot(store);
        Store restored = restore(bytes);
        assertArrayEquals(bytes, snapshot(restored));
        assertEquals(store.revision(), restored.revision());
        assertEquals(store.compactedRevision(), restored.compactedRevision());
        assertEquals(store.appliedIndex(), restored.appliedIndex());
        assertEquals(store.heldBytes(), restored.heldBytes());
        assertEquals(store.leases(), restored.leases());
        assertEquals(store.eventsSince(store.compactedRevision()), restored.eventsSince(store.compactedRevision()));
        Command next = new Command.LeaseGrant(0, 1000);
        assertEquals(store.apply(100, 0, next), restored.apply(100, 0, next), "the next chosen lease");
    }

    @Test
    void aSnapshotLeavesWhatFollowsInTheStream() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(sample(), out);
        out.write("rest".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
        SnapshotCodec.read(in);
        assertEquals(Bytes.of("rest"), Bytes.of(in.readAllBytes()));
    }

    @Test
    void aTruncatedSnapshotIsRefused() {
        byte[] bytes = snapshot(sample());
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(bytes, length);
            assertThrows(IllegalArgumentException.class, () -> restore(cut), "cut to " + length);
        }
    }

    /** A store with history before and after a compaction, a deletion, leases, and two changes of a key in one revision. */
    static Store sample() {
        Store store = new Store(StoreLimits.STANDARD);
        List<Command> commands = List.of(
                new LeaseGrant(7, 30_000), new LeaseGrant(0, 10_000),
                new Put(A, Bytes.of("1"), 7, false), new Put(Bytes.of("b"), Bytes.of("2"), 0, false),
                new DeleteRange(Bytes.of("b"), Bytes.EMPTY, false), new Put(A, Bytes.of("3"), 7, false),
                new Command.Compact(4), new Put(Bytes.of("c"), Bytes.EMPTY, 1, false),
                new Command.LeaseRenew(7, 4242, 0),
                new Txn(List.of(), List.of(new Op.RevokeOp(new LeaseRevoke(7)),
                        new Op.PutOp(new Put(A, Bytes.of("4"), 0, false))), List.of()));
        long index = 10;
        for (Command command : commands) {
            store.apply(++index, 1_700_000_000_000L + index, command);
        }
        return store;
    }

    static byte[] snapshot(Store store) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            SnapshotCodec.write(store, out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /** Reads a snapshot; a refusal comes as the exception that commands are refused with. */
    static Store restore(byte[] bytes) {
        try {
            return SnapshotCodec.read(new ByteArrayInputStream(bytes));
        } catch (IOException refused) {
            throw new IllegalArgumentException(refused);
        }
    }

    private interface Reader {
        Object read(byte[] bytes);
    }

    private static void assertEveryDamageRefused(byte[] bytes, Reader reader) {
        for (int i = 0; i < bytes.length; i++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) flip;
                assertThrows(IllegalArgumentException.class, () -> reader.read(damaged), "byte " + i);
            }
        }
    }

    /** The bytes with a checksum that fits again. */
    private static byte[] sealed(byte[] bytes) {
        WireWriter out = new WireWriter();
        for (int i = 0; i < bytes.length - Integer.BYTES; i++) {
            out.octet(bytes[i]);
        }
        return out.checksum().toArray();
    }
}
