package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.store.Command.Compact;
import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseExpire;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRenew;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import io.matriarch.store.Result.DeleteResult;
import io.matriarch.store.Result.ErrorResult;
import io.matriarch.store.Result.LeaseResult;
import io.matriarch.store.Result.PutResult;
import io.matriarch.store.Result.RangeResult;
import io.matriarch.store.Result.TxnResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class StoreTest {

    private static final Bytes OPEN_END = Bytes.of(new byte[] {0});

    private Store store = new Store(StoreLimits.STANDARD);
    private long index;

    private Applied apply(Command command) {
        return store.apply(++index, 0, command);
    }

    private Result put(String key, String value) {
        return apply(new Put(Bytes.of(key), Bytes.of(value), 0, false)).result();
    }

    private static Put putting(String key, String value, long lease) {
        return new Put(Bytes.of(key), Bytes.of(value), lease, true);
    }

    private static Op putOp(String key, String value) {
        return new Op.PutOp(putting(key, value, 0));
    }

    private static Op rangeOp(String key) {
        return new Op.RangeOp(RangeRequest.of(Bytes.of(key), Bytes.EMPTY));
    }

    private static DeleteRange deleting(String key, String end) {
        return new DeleteRange(Bytes.of(key), Bytes.of(end), true);
    }

    private static Txn always(Op... ops) {
        return new Txn(List.of(), List.of(ops), List.of());
    }

    private Optional<KeyValue> get(String key) {
        RangeResult result = (RangeResult) store.range(RangeRequest.of(Bytes.of(key), Bytes.EMPTY));
        return result.kvs().stream().findFirst();
    }

    private String value(String key) {
        return get(key).map(kv -> kv.value().utf8()).orElse("(none)");
    }

    private static RangeRequest at(String key, long revision) {
        return new RangeRequest(Bytes.of(key), Bytes.EMPTY, 0, revision, false, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, 0, 0, 0, 0);
    }

    private void assertRefused(StoreError error, Command command) {
        byte[] before = CodecTest.snapshot(store);
        Applied applied = store.apply(index, 0, command);
        assertEquals(new ErrorResult(store.revision(), error), applied.result());
        assertEquals(List.of(), applied.events());
        assertEquals(List.of(), applied.leases());
        assertArrayEquals(before, CodecTest.snapshot(store), "a refused command changes nothing");
    }

    @Test
    void aNewStoreIsAtRevisionOne() {
        assertEquals(1, store.revision());
        assertEquals(0, store.compactedRevision());
        assertEquals(Optional.of(List.of()), store.eventsSince(1));
    }

    @Test
    void everyPutIsOneRevision() {
        assertEquals(new PutResult(2, Optional.empty()), put("a", "1"));
        assertEquals(new PutResult(3, Optional.empty()), put("a", "1"));
        assertEquals(new KeyValue(Bytes.of("a"), Bytes.of("1"), 2, 3, 2, 0), get("a").orElseThrow());
    }

    @Test
    void aPutTellsThePairBeforeWhenAsked() {
        put("a", "1");
        Result result = apply(putting("a", "2", 0)).result();
        assertEquals(Optional.of(new KeyValue(Bytes.of("a"), Bytes.of("1"), 2, 2, 1, 0)),
                ((PutResult) result).previous());
    }

    @Test
    void aKeyMadeAgainStartsAtVersionOne() {
        put("a", "1");
        put("a", "2");
        apply(deleting("a", ""));
        put("a", "3");
        assertEquals(new KeyValue(Bytes.of("a"), Bytes.of("3"), 5, 5, 1, 0), get("a").orElseThrow());
    }

    @Test
    void deletingNothingTakesNoRevision() {
        put("a", "1");
        assertEquals(new DeleteResult(2, 0, List.of()), apply(deleting("b", "")).result());
        assertEquals(new DeleteResult(2, 0, List.of()), apply(deleting("c", "b")).result());
    }

    @Test
    void deletingARangeIsOneRevisionWithEventsInOrderOfKeys() {
        put("c", "3");
        put("a", "1");
        put("b", "2");
        Applied applied = apply(deleting("a", "c"));
        DeleteResult result = (DeleteResult) applied.result();
        assertEquals(5, result.revision());
        assertEquals(2, result.deleted());
        assertEquals(List.of("1", "2"), result.previous().stream().map(kv -> kv.value().utf8()).toList());
        assertEquals(List.of(
                new Event(Event.Type.DELETE, new KeyValue(Bytes.of("a"), Bytes.EMPTY, 0, 5, 0, 0),
                        Optional.of(new KeyValue(Bytes.of("a"), Bytes.of("1"), 3, 3, 1, 0))),
                new Event(Event.Type.DELETE, new KeyValue(Bytes.of("b"), Bytes.EMPTY, 0, 5, 0, 0),
                        Optional.of(new KeyValue(Bytes.of("b"), Bytes.of("2"), 4, 4, 1, 0)))), applied.events());
        assertEquals("3", value("c"));
    }

    @ParameterizedTest(name = "[{0},{1}) has {2}")
    @CsvSource({"a,'',a", "b,'','b'", "zz,'',''", "a,c,'a,b,ba'", "b,a,''", "b,b,''", "b,ZERO,'b,ba,c,\u00ff'",
            "ZERO,ZERO,'a,b,ba,c,\u00ff'", "b,PREFIX,'b,ba'"})
    void rangesAreHalfOpenAndUnsigned(String key, String end, String expected) {
        for (String name : List.of("c", "a", "\u00ff", "ba", "b")) {
            put(name, name);
        }
        Bytes from = key.equals("ZERO") ? OPEN_END : Bytes.of(key);
        Bytes to = end.equals("ZERO") ? OPEN_END : end.equals("PREFIX") ? from.prefixEnd() : Bytes.of(end);
        RangeResult result = (RangeResult) store.range(RangeRequest.of(from, to));
        assertEquals(expected, String.join(",", result.kvs().stream().map(kv -> kv.key().utf8()).toList()));
        assertEquals(result.kvs().size(), result.count());
    }

    @Test
    void prefixEndsAsInEtcd() {
        assertEquals(Bytes.of("b"), Bytes.of("a").prefixEnd());
        assertEquals(Bytes.of(new byte[] {2}), Bytes.of(new byte[] {1, -1, -1}).prefixEnd());
        assertEquals(OPEN_END, Bytes.of(new byte[] {-1, -1}).prefixEnd());
        assertEquals(OPEN_END, Bytes.EMPTY.prefixEnd());
    }

    @Test
    void aLimitCutsAndSaysSoButCountsAll() {
        put("a", "1");
        put("b", "2");
        put("c", "3");
        RangeResult cut = (RangeResult) store.range(options(2, false, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, 0, 0, 0, 0));
        assertEquals(List.of("a", "b"), cut.kvs().stream().map(kv -> kv.key().utf8()).toList());
        assertTrue(cut.more());
        assertEquals(3, cut.count());
        RangeResult whole = (RangeResult) store.range(options(3, false, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, 0, 0, 0, 0));
        assertFalse(whole.more());
    }

    @Test
    void countOnlyGivesNoKeysAndNeverMore() {
        put("a", "1");
        put("b", "2");
        assertEquals(new RangeResult(3, List.of(), false, 2), store.range(options(1, false, true,
                RangeRequest.SortTarget.KEY, RangeRequest.SortOrder.NONE, 0, 0, 0, 0)));
    }

    @Test
    void keysOnlyLeavesTheValueOut() {
        put("a", "1");
        RangeResult result = (RangeResult) store.range(options(0, true, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, 0, 0, 0, 0));
        assertEquals(new KeyValue(Bytes.of("a"), Bytes.EMPTY, 2, 2, 1, 0), result.kvs().get(0));
    }

    @ParameterizedTest(name = "by {0} {1}: {2}")
    @CsvSource({"KEY,NONE,'a,b,c'", "KEY,ASCEND,'a,b,c'", "KEY,DESCEND,'c,b,a'", "VERSION,NONE,'a,c,b'",
            "VERSION,DESCEND,'b,a,c'", "CREATE,ASCEND,'c,b,a'", "CREATE,DESCEND,'a,b,c'", "MOD,ASCEND,'c,a,b'",
            "MOD,DESCEND,'b,a,c'", "VALUE,ASCEND,'b,a,c'", "VALUE,DESCEND,'c,a,b'"})
    void sorts(RangeRequest.SortTarget target, RangeRequest.SortOrder order, String expected) {
        put("c", "3");
        put("b", "9");
        put("a", "2");
        put("b", "1");
        RangeResult result = (RangeResult) store.range(options(0, false, false, target, order, 0, 0, 0, 0));
        assertEquals(expected, String.join(",", result.kvs().stream().map(kv -> kv.key().utf8()).toList()));
    }

    /** Key a has create revision 2 and mod revision 5, b has 3 and 3, c has 4 and 4. */
    @ParameterizedTest(name = "mod {0}-{1}, create {2}-{3}: {4}")
    @CsvSource({"0,0,0,0,'a,b,c'", "4,0,0,0,'a,c'", "0,3,0,0,'b'", "3,4,0,0,'b,c'", "5,5,0,0,'a'", "0,0,3,0,'b,c'",
            "0,0,0,2,'a'", "0,0,3,3,'b'", "4,9,0,3,'a'", "9,0,0,0,''"})
    void filtersKeepTheUnfilteredCount(long minMod, long maxMod, long minCreate, long maxCreate, String expected) {
        put("a", "1");
        put("b", "1");
        put("c", "1");
        put("a", "2");
        RangeResult result = (RangeResult) store.range(options(0, false, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, minMod, maxMod, minCreate, maxCreate));
        assertEquals(3, result.count());
        assertEquals(expected, String.join(",", result.kvs().stream().map(kv -> kv.key().utf8()).toList()));
    }

    private static RangeRequest options(long limit, boolean keysOnly, boolean countOnly,
                                        RangeRequest.SortTarget target, RangeRequest.SortOrder order, long minMod,
                                        long maxMod, long minCreate, long maxCreate) {
        return new RangeRequest(OPEN_END, OPEN_END, limit, 0, keysOnly, countOnly, target, order, minMod, maxMod,
                minCreate, maxCreate);
    }

    @Test
    void theLimitCountsWhatTheFilterLeaves() {
        put("a", "1");
        put("b", "1");
        put("c", "1");
        RangeResult result = (RangeResult) store.range(options(2, false, false, RangeRequest.SortTarget.KEY,
                RangeRequest.SortOrder.NONE, 3, 0, 0, 0));
        assertFalse(result.more(), "two are left and two are allowed");
        assertEquals(2, result.kvs().size());
        assertEquals(3, result.count());
    }

    @Test
    void oldRevisionsCanBeRead() {
        put("a", "1");
        put("a", "2");
        apply(deleting("a", ""));
        put("a", "4");
        List<String> seen = new ArrayList<>();
        for (long revision = 1; revision <= 5; revision++) {
            RangeResult result = (RangeResult) store.range(at("a", revision));
            assertEquals(5, result.revision(), "the header has the newest revision");
            seen.add(result.kvs().isEmpty() ? "-" : result.kvs().get(0).value().utf8());
        }
        assertEquals(List.of("-", "1", "2", "-", "4"), seen);
        assertEquals(new ErrorResult(5, StoreError.FUTURE_REVISION), store.range(at("a", 6)));
        assertEquals(store.range(at("a", 0)), store.range(at("a", -1)), "below zero means: the newest");
    }

    @Test
    void afterCompactionTheCompactedRevisionIsTheOldestThatCanBeRead() {
        put("a", "1");
        put("a", "2");
        put("b", "3");
        put("a", "4");
        assertEquals(new Result.CompactResult(5), apply(new Compact(4)).result());
        assertEquals(new ErrorResult(5, StoreError.COMPACTED), store.range(at("a", 3)));
        assertEquals("2", ((RangeResult) store.range(at("a", 4))).kvs().get(0).value().utf8());
        assertEquals("4", value("a"));
        assertEquals(Optional.empty(), store.eventsSince(3));
        List<List<Event>> left = store.eventsSince(4).orElseThrow();
        assertEquals(List.of(4L, 5L), left.stream().map(events -> events.get(0).kv().modRevision()).toList());
        assertEquals(Optional.empty(), left.get(0).get(0).previous());
        assertEquals("2", left.get(1).get(0).previous().orElseThrow().value().utf8());
    }

    @Test
    void compactionForgetsDeletedKeysAndTheirBytes() {
        put("a", "1");
        apply(deleting("a", ""));
        assertTrue(store.heldBytes() > 0);
        apply(new Compact(3));
        assertEquals(0, store.heldBytes());
        assertEquals(List.of(), ((RangeResult) store.range(at("a", 3))).kvs());
    }

    @ParameterizedTest
    @CsvSource({"-1,COMPACTED", "0,COMPACTED", "2,COMPACTED", "5,FUTURE_REVISION"})
    void compactionOutsideItsBoundsIsRefused(long revision, StoreError error) {
        put("a", "1");
        put("a", "2");
        put("a", "3");
        apply(new Compact(2));
        assertRefused(error, new Compact(revision));
    }

    @Test
    void historyIsCompactedByItself() {
        store = new Store(new StoreLimits(1000, 10, 1 << 20, 5));
        for (int i = 0; i < 20; i++) {
            put("a", "" + i);
        }
        assertEquals(21, store.revision());
        assertEquals(16, store.compactedRevision());
        assertEquals(6, store.eventsSince(16).orElseThrow().size());
    }

    @Test
    void historyGivesWayToLiveKeys() {
        store = new Store(new StoreLimits(1000, 10, 2000, 1000));
        for (int i = 0; i < 100; i++) {
            assertInstanceOf(PutResult.class, put("a", "x".repeat(400)), "put " + i);
            assertTrue(store.heldBytes() <= 2000);
        }
        assertTrue(store.compactedRevision() > 90);
    }

    @Test
    void liveKeysBeyondTheSpaceAreRefusedAndDeletionsAreNot() {
        store = new Store(new StoreLimits(1000, 10, 2000, 1000));
        for (String key : List.of("a", "b", "c")) {
            put(key, "x".repeat(500));
        }
        assertRefused(StoreError.NO_SPACE, putting("d", "x".repeat(500), 0));
        assertRefused(StoreError.NO_SPACE, always(putOp("d", "x".repeat(100)), putOp("e", "x".repeat(100))));
        assertInstanceOf(PutResult.class, put("a", "y".repeat(500)), "no growth");
        assertEquals(1, ((DeleteResult) apply(deleting("a", "")).result()).deleted());
        assertInstanceOf(PutResult.class, put("d", "x".repeat(500)));
    }

    @Test
    void aTransactionIsOneRevisionWhateverItWrites() {
        put("d", "0");
        Applied applied = apply(always(putOp("b", "1"), new Op.DeleteOp(deleting("d", "")), putOp("a", "2")));
        TxnResult result = (TxnResult) applied.result();
        assertEquals(3, result.revision());
        assertEquals(List.of(3L, 3L, 3L), result.responses().stream().map(Result::revision).toList());
        assertEquals(List.of("b", "d", "a"), applied.events().stream().map(e -> e.kv().key().utf8()).toList(),
                "in order of execution");
        assertTrue(applied.events().stream().allMatch(e -> e.kv().modRevision() == 3));
    }

    @Test
    void aTransactionThatWritesNothingTakesNoRevision() {
        put("a", "1");
        TxnResult result = (TxnResult) apply(always(rangeOp("a"), new Op.DeleteOp(deleting("x", "")))).result();
        assertEquals(2, result.revision());
        assertEquals("1", ((RangeResult) result.responses().get(0)).kvs().get(0).value().utf8());
    }

    @Test
    void readsInATransactionSeeWhatItWroteBefore() {
        put("a", "1");
        TxnResult result = (TxnResult) apply(always(rangeOp("a"), putOp("a", "2"), rangeOp("a"),
                new Op.RangeOp(at("a", 2)))).result();
        assertEquals(List.of("1", "2", "1"), result.responses().stream()
                .filter(RangeResult.class::isInstance)
                .map(r -> ((RangeResult) r).kvs().get(0).value().utf8()).toList());
        assertEquals(List.of(2L, 3L, 3L, 3L), result.responses().stream().map(Result::revision).toList());
    }

    static List<Compare> holding() {
        return compares(true);
    }

    static List<Compare> failing() {
        return compares(false);
    }

    /** Comparisons with key a (create 2, mod 3, version 2, value m, lease 5) and key none. */
    private static List<Compare> compares(boolean hold) {
        List<Compare> all = new ArrayList<>();
        for (Compare.Target target : Compare.Target.values()) {
            long left = switch (target) {
                case VERSION -> 2;
                case CREATE -> 2;
                case MOD -> 3;
                case LEASE -> 5;
                case VALUE -> 'm';
            };
            for (Compare.Result relation : Compare.Result.values()) {
                for (long right = left - 1; right <= left + 1; right++) {
                    boolean holds = switch (relation) {
                        case EQUAL -> left == right;
                        case NOT_EQUAL -> left != right;
                        case GREATER -> left > right;
                        case LESS -> left < right;
                    };
                    if (holds == hold) {
                        all.add(new Compare(Bytes.of("a"), Bytes.EMPTY, target, relation, right,
                                Bytes.of("" + (char) right)));
                    }
                }
                boolean absentHolds = target != Compare.Target.VALUE && relation == Compare.Result.EQUAL;
                if (absentHolds == hold) {
                    all.add(new Compare(Bytes.of("none"), Bytes.EMPTY, target, relation, 0, Bytes.EMPTY));
                    all.add(new Compare(Bytes.of("none"), Bytes.of("nonf"), target, relation, 0, Bytes.EMPTY));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("holding")
    void comparesThatHoldRunTheFirstBranch(Compare compare) {
        assertTrue(branchOf(compare));
    }

    @ParameterizedTest
    @MethodSource("failing")
    void comparesThatFailRunTheSecondBranch(Compare compare) {
        assertFalse(branchOf(compare));
    }

    private boolean branchOf(Compare... compares) {
        apply(new LeaseGrant(5, 1000));
        put("a", "x");
        apply(putting("a", "m", 5));
        TxnResult result = (TxnResult) apply(new Txn(List.of(compares), List.of(putOp("then", "")),
                List.of(putOp("else", "")))).result();
        assertEquals(result.succeeded(), get("then").isPresent());
        assertEquals(result.succeeded(), get("else").isEmpty());
        return result.succeeded();
    }

    @Test
    void allComparesMustHold() {
        assertFalse(branchOf(Compare.onLease(Bytes.of("a"), 5), Compare.absent(Bytes.of("a"))));
    }

    @Test
    void aCompareOfARangeMustHoldForEveryKey() {
        put("a1", "x");
        put("a2", "y");
        Bytes a = Bytes.of("a");
        Compare allNew = new Compare(a, a.prefixEnd(), Compare.Target.VERSION, Compare.Result.EQUAL, 1, Bytes.EMPTY);
        assertTrue(((TxnResult) apply(new Txn(List.of(allNew), List.of(), List.of())).result()).succeeded());
        put("a2", "z");
        assertFalse(((TxnResult) apply(new Txn(List.of(allNew), List.of(), List.of())).result()).succeeded());
    }

    @Test
    void nestedComparesSeeTheStateBeforeTheWholeTransaction() {
        Txn inner = new Txn(List.of(Compare.absent(Bytes.of("a"))), List.of(putOp("b", "absent")),
                List.of(putOp("b", "present")));
        TxnResult result = (TxnResult) apply(always(putOp("a", "1"), new Op.TxnOp(inner))).result();
        assertEquals("absent", value("b"));
        assertTrue(((TxnResult) result.responses().get(1)).succeeded());
        assertEquals(2, store.revision());
    }

    static List<Txn> duplicates() {
        Op nestedPut = new Op.TxnOp(always(putOp("a", "2")));
        Op elsePut = new Op.TxnOp(new Txn(List.of(), List.of(), List.of(putOp("a", "2"))));
        return List.of(
                always(putOp("a", "1"), putOp("a", "2")),
                always(putOp("a", "1"), nestedPut),
                always(nestedPut, nestedPut),
                always(nestedPut, elsePut),
                always(putOp("a", "1"), elsePut),
                always(putOp("b", "1"), new Op.DeleteOp(deleting("a", "c"))),
                always(new Op.DeleteOp(deleting("b", "")), putOp("b", "1")),
                always(new Op.DeleteOp(deleting("a", "c")), nestedPut),
                always(new Op.TxnOp(always(new Op.DeleteOp(deleting("a", "c")))), putOp("a", "1")),
                new Txn(List.of(), List.of(), List.of(putOp("a", "1"), putOp("a", "2"))),
                always(new Op.TxnOp(always(new Op.TxnOp(always(putOp("a", "1"), putOp("a", "2")))))));
    }

    @ParameterizedTest
    @MethodSource("duplicates")
    void touchingAKeyTwiceIsRefusedInWhicheverBranch(Txn txn) {
        put("a", "0");
        assertRefused(StoreError.DUPLICATE_KEY, txn);
    }

    static List<Txn> noDuplicates() {
        return List.of(
                new Txn(List.of(), List.of(putOp("a", "1")), List.of(putOp("a", "2"))),
                always(new Op.TxnOp(new Txn(List.of(), List.of(putOp("a", "1")), List.of(putOp("a", "2"))))),
                always(new Op.DeleteOp(deleting("a", "c")), new Op.DeleteOp(deleting("b", ""))),
                always(putOp("c", "1"), new Op.DeleteOp(deleting("a", "c"))),
                always(putOp("a", "1"), new Op.DeleteOp(deleting("b", "a"))),
                always(new Op.DeleteOp(new DeleteRange(Bytes.of("a"), OPEN_END, false)), putOp("b", "1")),
                always(rangeOp("a"), putOp("a", "1"), rangeOp("a")));
    }

    @ParameterizedTest
    @MethodSource("noDuplicates")
    void whatCanHappenOnlyOnceIsNoDuplicate(Txn txn) {
        put("b", "0");
        assertInstanceOf(TxnResult.class, apply(txn).result());
    }

    static List<Txn> tooMany() {
        List<Op> four = List.of(rangeOp("a"), rangeOp("a"), rangeOp("a"), rangeOp("a"));
        List<Compare> compares = List.of(Compare.absent(Bytes.of("a")), Compare.absent(Bytes.of("b")),
                Compare.absent(Bytes.of("c")), Compare.absent(Bytes.of("d")));
        Txn three = always(rangeOp("a"), rangeOp("a"), rangeOp("a"));
        return List.of(new Txn(List.of(), four, List.of()), new Txn(List.of(), List.of(), four),
                new Txn(compares, List.of(), List.of()), always(new Op.TxnOp(three)));
    }

    @ParameterizedTest
    @MethodSource("tooMany")
    void operationsAreLimitedAndNestedOnesHaveWhatIsLeft(Txn txn) {
        store = new Store(new StoreLimits(1000, 3, 1 << 20, 1000));
        assertRefused(StoreError.TOO_MANY_OPS, txn);
        assertInstanceOf(TxnResult.class, apply(always(rangeOp("a"), rangeOp("a"), rangeOp("a"))).result());
        assertInstanceOf(TxnResult.class, apply(always(new Op.TxnOp(always(rangeOp("a"), rangeOp("a"))))).result());
    }

    static List<Command> withoutKey() {
        Put put = putting("", "x", 0);
        return List.of(put, deleting("", ""), always(new Op.PutOp(put)), always(new Op.DeleteOp(deleting("", "a"))),
                always(rangeOp("")), new Txn(List.of(Compare.absent(Bytes.EMPTY)), List.of(), List.of()),
                new Txn(List.of(), List.of(), List.of(new Op.PutOp(put))), always(new Op.TxnOp(always(rangeOp("")))));
    }

    @ParameterizedTest
    @MethodSource("withoutKey")
    void aKeyIsNeeded(Command command) {
        assertRefused(StoreError.EMPTY_KEY, command);
        assertEquals(new ErrorResult(1, StoreError.EMPTY_KEY), store.range(RangeRequest.of(Bytes.EMPTY, OPEN_END)));
    }

    @Test
    void requestsAreLimitedInSize() {
        store = new Store(new StoreLimits(100, 10, 1 << 20, 1000));
        assertInstanceOf(PutResult.class, put("a", "x".repeat(99)));
        assertRefused(StoreError.REQUEST_TOO_LARGE, putting("a", "x".repeat(100), 0));
        assertRefused(StoreError.REQUEST_TOO_LARGE, always(putOp("a", "x".repeat(60)), putOp("b", "x".repeat(60))));
        assertRefused(StoreError.REQUEST_TOO_LARGE, deleting("x".repeat(60), "y".repeat(60)));
        assertRefused(StoreError.REQUEST_TOO_LARGE, always(IntStream.range(0, 10)
                .mapToObj(i -> rangeOp("abc")).toArray(Op[]::new)));
    }

    static List<Op> invalidAtRunTime() {
        return List.of(new Op.PutOp(putting("b", "1", 404)), new Op.RangeOp(at("a", 99)), new Op.RangeOp(at("a", 2)),
                new Op.TxnOp(always(new Op.RangeOp(at("a", 99)))));
    }

    @ParameterizedTest
    @MethodSource("invalidAtRunTime")
    void anInvalidOperationRefusesTheWholeTransactionBeforeAnyChange(Op invalid) {
        put("a", "1");
        put("a", "2");
        apply(new Compact(3));
        byte[] before = CodecTest.snapshot(store);
        Applied applied = store.apply(index, 0, always(putOp("c", "1"), new Op.DeleteOp(deleting("a", "")), invalid));
        assertInstanceOf(ErrorResult.class, applied.result());
        assertArrayEquals(before, CodecTest.snapshot(store));
        assertInstanceOf(TxnResult.class, apply(new Txn(List.of(), List.of(putOp("c", "1")), List.of(invalid)))
                .result(), "in the branch that does not run it does not matter");
    }

    @Test
    void aLeaseHoldsItsKeysAndTakesThemAlongInOneRevision() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("b", "1", 7));
        apply(putting("a", "1", 7));
        put("c", "1");
        assertEquals(new LeaseState(7, 1000, 0, 0, new TreeSet<>(List.of(Bytes.of("a"), Bytes.of("b")))),
                store.lease(7).orElseThrow());
        Applied applied = apply(new LeaseRevoke(7));
        assertEquals(new LeaseResult(5, 7, 0, 0), applied.result());
        assertEquals(List.of("a", "b"), applied.events().stream().map(e -> e.kv().key().utf8()).toList());
        assertEquals(List.of(7L), applied.leases());
        assertEquals(Optional.empty(), store.lease(7));
        assertEquals("(none)", value("a"));
        assertEquals("1", value("c"));
    }

    @Test
    void grantingRenewingAndEndingAnEmptyLeaseTakeNoRevision() {
        assertEquals(new LeaseResult(1, 7, 1000, 0), apply(new LeaseGrant(7, 1000)).result());
        assertEquals(new LeaseResult(1, 7, 1000, 0), apply(new LeaseRenew(7, 0, 0)).result());
        assertEquals(new LeaseResult(1, 7, 0, 0), apply(new LeaseRevoke(7)).result());
    }

    @Test
    void aRenewalRaisesTheSequenceAndKeepsWhatIsNotGiven() {
        apply(new LeaseGrant(7, 1000));
        apply(new LeaseRenew(7, 42, 0));
        assertEquals(new LeaseState(7, 1000, 1, 42, new TreeSet<>()), store.lease(7).orElseThrow());
        Applied applied = apply(new LeaseRenew(7, 0, 2000));
        assertEquals(new LeaseState(7, 2000, 2, 42, new TreeSet<>()), store.lease(7).orElseThrow());
        assertEquals(List.of(7L), applied.leases());
    }

    @ParameterizedTest(name = "a duration of {0} ms is one of 1 ms")
    @CsvSource({"0", "-5", "1"})
    void aLeaseLastsAtLeastAMillisecond(long ttlMillis) {
        assertEquals(new LeaseResult(1, 7, 1, 0), apply(new LeaseGrant(7, ttlMillis)).result());
    }

    @Test
    void aRenewalTellsHowManyKeysAreLeft() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("a", "1", 7));
        assertEquals(new LeaseResult(2, 7, 1000, 1), apply(new LeaseRenew(7, 0, 0)).result());
        put("a", "2");
        assertEquals(new LeaseResult(3, 7, 1000, 0), apply(new LeaseRenew(7, 0, 0)).result());
    }

    @Test
    void anExpiryThatARenewalOvertookIsIgnored() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("a", "1", 7));
        apply(new LeaseRenew(7, 0, 0));
        Applied late = apply(new LeaseExpire(7, 0));
        assertEquals(new LeaseResult(2, 7, 1000, 1), late.result());
        assertEquals(List.of(), late.leases());
        assertEquals("1", value("a"));
        assertEquals(new LeaseResult(3, 7, 0, 0), apply(new LeaseExpire(7, 1)).result());
        assertEquals("(none)", value("a"));
    }

    static List<Command> onNoLease() {
        return List.of(putting("a", "1", 7), new LeaseRenew(7, 1, 1), new LeaseRevoke(7), new LeaseExpire(7, 0),
                always(putOp("b", "1"), new Op.PutOp(putting("a", "1", 7))),
                always(new Op.PutOp(putting("a", "1", 7)), new Op.GrantOp(new LeaseGrant(7, 1000))),
                always(new Op.GrantOp(new LeaseGrant(7, 1000)), new Op.RevokeOp(new LeaseRevoke(7)),
                        new Op.PutOp(putting("a", "1", 7))),
                putting("a", "1", -1));
    }

    @ParameterizedTest
    @MethodSource("onNoLease")
    void anUnknownLeaseIsRefused(Command command) {
        assertRefused(StoreError.LEASE_NOT_FOUND, command);
    }

    @Test
    void aLeaseCanBeGrantedOnceAndNotForEver() {
        apply(new LeaseGrant(7, 1000));
        assertRefused(StoreError.LEASE_EXISTS, new LeaseGrant(7, 1000));
        assertRefused(StoreError.LEASE_TTL_TOO_LARGE, new LeaseGrant(8, 9_000_000_000_001L));
        assertRefused(StoreError.LEASE_TTL_TOO_LARGE, new LeaseRenew(7, 0, 9_000_000_000_001L));
        assertRefused(StoreError.LEASE_TTL_TOO_LARGE,
                always(new Op.GrantOp(new LeaseGrant(8, 9_000_000_000_001L))));
        assertEquals(new LeaseResult(1, 8, 9_000_000_000_000L, 0),
                apply(new LeaseGrant(8, 9_000_000_000_000L)).result());
    }

    @Test
    void theStoreChoosesFreeLeasesAndNeverTheSameTwice() {
        apply(new LeaseGrant(2, 1000));
        assertEquals(1, ((LeaseResult) apply(new LeaseGrant(0, 1000)).result()).id());
        apply(new LeaseRevoke(1));
        assertEquals(3, ((LeaseResult) apply(new LeaseGrant(0, 1000)).result()).id());
    }

    @ParameterizedTest(name = "a put on lease {0} leaves the key on it")
    @CsvSource({"0", "7", "8"})
    void aPutMovesTheKeyToItsLease(long lease) {
        apply(new LeaseGrant(7, 1000));
        apply(new LeaseGrant(8, 1000));
        apply(putting("a", "1", 7));
        apply(putting("a", "2", lease));
        assertEquals(lease, get("a").orElseThrow().lease());
        for (long id : new long[] {7, 8}) {
            assertEquals(id == lease ? 1 : 0, store.lease(id).orElseThrow().keys().size());
        }
        apply(new LeaseRevoke(7));
        assertEquals(lease == 7, get("a").isEmpty());
    }

    @Test
    void aDeletedKeyLeavesItsLease() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("a", "1", 7));
        apply(deleting("a", ""));
        put("a", "2");
        apply(new LeaseRevoke(7));
        assertEquals("2", value("a"));
    }

    @Test
    void aLeaseGrantedInALostBranchIsNotThere() {
        put("a", "1");
        apply(new Txn(List.of(Compare.absent(Bytes.of("a"))), List.of(new Op.GrantOp(new LeaseGrant(7, 1000)),
                new Op.PutOp(putting("a", "2", 7))), List.of()));
        assertEquals(Optional.empty(), store.lease(7));
    }

    @Test
    void repeatingAGrantInATransactionIsHarmless() {
        Command publish = always(new Op.GrantOp(new LeaseGrant(7, 1000)), new Op.PutOp(putting("a", "1", 7)));
        assertEquals(List.of(7L), apply(publish).leases());
        assertEquals(List.of(), apply(publish).leases(), "not even a renewal");
        assertEquals(0, store.lease(7).orElseThrow().sequence());
        assertEquals(List.of(7L), apply(always(new Op.GrantOp(new LeaseGrant(7, 500)))).leases());
        assertEquals(new LeaseState(7, 500, 1, 0, new TreeSet<>(List.of(Bytes.of("a")))),
                store.lease(7).orElseThrow(), "another duration renews");
    }

    @Test
    void aKeyCanMoveToANewLeaseWhileTheOldOneEnds() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("leader", "a", 7));
        apply(putting("other", "a", 7));
        Applied applied = apply(always(new Op.GrantOp(new LeaseGrant(8, 1000)),
                new Op.PutOp(putting("leader", "b", 8)), new Op.RevokeOp(new LeaseRevoke(7))));
        assertEquals(4, applied.result().revision());
        assertEquals(List.of(7L, 8L), applied.leases());
        assertEquals("b", value("leader"));
        assertEquals("(none)", value("other"));
        assertEquals(Optional.empty(), store.lease(7));
    }

    @Test
    void aKeyThatGoesAndComesInOneRevisionIsNew() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("a", "1", 7));
        Applied applied = apply(always(new Op.RevokeOp(new LeaseRevoke(7)), putOp("a", "2")));
        assertEquals(List.of(Event.Type.DELETE, Event.Type.PUT), applied.events().stream().map(Event::type).toList());
        assertEquals(new KeyValue(Bytes.of("a"), Bytes.of("2"), 3, 3, 1, 0), get("a").orElseThrow());
        assertEquals("1", ((RangeResult) store.range(at("a", 2))).kvs().get(0).value().utf8());
        assertEquals(List.of("1", "1"), applied.events().stream()
                .map(e -> e.previous().orElseThrow().value().utf8()).toList(), "before means: before the revision");
    }

    @Test
    void bytesAreCountedOnceForEachRetainedVersion() {
        apply(new LeaseGrant(7, 1000));
        long empty = store.heldBytes();
        apply(putting("a", "1", 7));
        long one = store.heldBytes() - empty;
        apply(always(new Op.RevokeOp(new LeaseRevoke(7)), putOp("a", "2")));
        assertEquals(2 * one, store.heldBytes(), "the deletion in between is no version");
        apply(new Compact(store.revision()));
        assertEquals(one, store.heldBytes());
    }

    @Test
    void eventsCanBeReadAgainFromAnyRetainedRevision() {
        List<List<Event>> told = new ArrayList<>();
        told.add(apply(putting("a", "1", 0)).events());
        told.add(apply(always(putOp("b", "1"), putOp("a", "2"))).events());
        apply(new LeaseGrant(7, 1000));
        told.add(apply(deleting("a", "c")).events());
        for (int from = 0; from <= 4; from++) {
            assertEquals(told.subList(Math.max(0, from - 2), told.size()),
                    store.eventsSince(from).orElseThrow(), "from " + from);
        }
        assertEquals(Optional.of(List.of()), store.eventsSince(99));
    }

    @Test
    void whatWasHandedOutDoesNotChange() {
        apply(new LeaseGrant(7, 1000));
        apply(putting("a", "1", 7));
        LeaseState lease = store.lease(7).orElseThrow();
        Object leases = store.leases();
        apply(putting("b", "1", 7));
        assertEquals(1, lease.keys().size());
        assertEquals(List.of(lease), leases);
    }

    @Test
    void indexAndStampAreNotedWithEveryEntry() {
        store.apply(5, 1000, new Command.Barrier());
        store.apply(6, 900, new Command.Barrier());
        assertEquals(6, store.appliedIndex());
        assertEquals(1000, store.stampMillis(), "never goes back");
        assertEquals(new ErrorResult(1, StoreError.UNKNOWN_COMMAND), store.applyUnreadable(7, 1100).result());
        store.applyNothing(8);
        assertEquals(8, store.appliedIndex());
        assertEquals(1100, store.stampMillis());
        assertEquals(new Result.BarrierResult(1), store.apply(9, 0, new Command.Barrier()).result());
        assertEquals(new ErrorResult(1, StoreError.UNKNOWN_COMMAND), store.apply(10, 0, null).result());
    }

    @ParameterizedTest
    @EnumSource(StoreError.class)
    void errorsHaveEtcdsPrefix(StoreError error) {
        assertTrue(error.text().startsWith("etcdserver: "));
    }
}
