package io.matriarch.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.store.Command.DeleteRange;
import io.matriarch.store.Command.LeaseGrant;
import io.matriarch.store.Command.LeaseRevoke;
import io.matriarch.store.Command.Put;
import io.matriarch.store.Command.Txn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands, on the store and on a model that keeps a full copy of the state of every revision. */
class StoreModelTest {

    private static final int COMMANDS = 1500;
    private static final StoreLimits LIMITS = new StoreLimits(1 << 16, 8, 1 << 24, 40);
    private static final Bytes OPEN_END = Bytes.of(new byte[] {0});

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
    void theStoreAgreesWithTheModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Store store = new Store(LIMITS);
        StoreModel model = new StoreModel();
        int refused = 0;
        for (int i = 1; i <= COMMANDS; i++) {
            Command command = command(random, store.revision());
            Applied applied = store.apply(i, 0, command);
            boolean accepted = model.apply(command);
            assertEquals(accepted, !(applied.result() instanceof Result.ErrorResult),
                    () -> command + " -> " + applied.result());
            refused += accepted ? 0 : 1;
            assertAgree(store, model, applied, command);
            if (random.nextInt(100) == 0) {
                byte[] bytes = CodecTest.snapshot(store);
                store = CodecTest.restore(bytes);
                assertArrayEquals(bytes, CodecTest.snapshot(store));
            }
        }
        assertTrue(refused > COMMANDS / 50 && refused < COMMANDS / 2, "refused: " + refused);
        assertTrue(store.revision() > COMMANDS / 4, "revisions: " + store.revision());
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 6, 9})
    void theSameCommandsGiveTheSameBytes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Store one = new Store(LIMITS);
        Store other = new Store(LIMITS);
        for (int i = 1; i <= COMMANDS; i++) {
            Command command = command(random, one.revision());
            Command decoded = CommandCodec.decode(CommandCodec.encode(command));
            assertEquals(one.apply(i, 3L * i, command), other.apply(i, 3L * i, decoded));
            if (i % 100 == 0) {
                byte[] bytes = CodecTest.snapshot(one);
                assertArrayEquals(bytes, CodecTest.snapshot(other), "after " + i);
                other = CodecTest.restore(bytes);
            }
        }
    }

    private static void assertAgree(Store store, StoreModel model, Applied applied, Command command) {
        assertEquals(model.revision(), store.revision(), command::toString);
        assertEquals(model.revision(), applied.result().revision(), command::toString);
        assertEquals(List.copyOf(model.at(model.revision()).values()), all(store, 0), command::toString);
        long compacted = store.compactedRevision();
        assertTrue(store.revision() - compacted <= LIMITS.historyRevisions());
        for (long revision = Math.max(1, compacted); revision <= store.revision(); revision += 7) {
            assertEquals(List.copyOf(model.at(revision).values()), all(store, revision), "at " + revision);
        }
        assertEquals(model.leaseKeys(), leaseKeys(store), command::toString);
        assertEquals(model.leaseSequences(), leaseSequences(store), command::toString);
        assertEventsLeadFrom(model, store, Math.max(1, compacted));
    }

    /** Replaying the events on the state of the compacted revision gives every state after it. */
    private static void assertEventsLeadFrom(StoreModel model, Store store, long compacted) {
        Map<Bytes, KeyValue> state = new TreeMap<>(model.at(compacted));
        long revision = compacted;
        for (List<Event> events : store.eventsSince(compacted + 1).orElseThrow()) {
            revision++;
            Map<Bytes, KeyValue> before = new TreeMap<>(state);
            for (Event event : events) {
                assertEquals(revision, event.kv().modRevision());
                assertEquals(Optional.ofNullable(before.get(event.kv().key())), event.previous());
                if (event.type() == Event.Type.PUT) {
                    state.put(event.kv().key(), event.kv());
                } else {
                    state.remove(event.kv().key());
                }
            }
            assertEquals(model.at(revision), state, "after the events of " + revision);
        }
        assertEquals(store.revision(), revision);
    }

    private static List<KeyValue> all(Store store, long revision) {
        Result result = store.range(new RangeRequest(OPEN_END, OPEN_END, 0, revision, false, false,
                RangeRequest.SortTarget.KEY, RangeRequest.SortOrder.NONE, 0, 0, 0, 0));
        return assertInstanceOf(Result.RangeResult.class, result, () -> revision + ": " + result).kvs();
    }

    private static Map<Long, Set<Bytes>> leaseKeys(Store store) {
        Map<Long, Set<Bytes>> keys = new TreeMap<>();
        store.leases().forEach(lease -> keys.put(lease.id(), new HashSet<>(lease.keys())));
        return keys;
    }

    private static Map<Long, Long> leaseSequences(Store store) {
        Map<Long, Long> sequences = new TreeMap<>();
        store.leases().forEach(lease -> sequences.put(lease.id(), lease.sequence()));
        return sequences;
    }

    private static Command command(SplittableRandom random, long revision) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> put(random);
            case 3 -> delete(random);
            case 4, 5, 6, 7 -> txn(random, revision, 2);
            case 8 -> new LeaseGrant(lease(random), 1000);
            case 9 -> new Command.LeaseRenew(lease(random), 0, 0);
            case 10 -> new Command.LeaseExpire(lease(random), random.nextInt(3));
            default -> random.nextInt(4) == 0 ? new Command.Compact(revision - random.nextInt(-2, 30))
                    : new LeaseRevoke(lease(random));
        };
    }

    private static Bytes key(SplittableRandom random) {
        return Bytes.of(random.nextInt(60) == 0 ? "" : "k" + random.nextInt(8));
    }

    private static long lease(SplittableRandom random) {
        return 1 + random.nextInt(5);
    }

    private static Put put(SplittableRandom random) {
        return new Put(key(random), Bytes.of("v" + random.nextInt(4)),
                random.nextInt(3) == 0 ? lease(random) : 0, random.nextBoolean());
    }

    private static DeleteRange delete(SplittableRandom random) {
        Bytes end = switch (random.nextInt(4)) {
            case 0 -> OPEN_END;
            case 1 -> key(random);
            default -> Bytes.EMPTY;
        };
        return new DeleteRange(key(random), end, random.nextBoolean());
    }

    private static Txn txn(SplittableRandom random, long revision, int depth) {
        List<Compare> compares = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            Compare.Target target = Compare.Target.values()[random.nextInt(5)];
            Bytes from = key(random);
            compares.add(new Compare(from, random.nextInt(3) == 0 ? from.prefixEnd() : Bytes.EMPTY, target,
                    Compare.Result.values()[random.nextInt(4)],
                    target == Compare.Target.VERSION || target == Compare.Target.LEASE ? random.nextInt(4)
                            : revision - random.nextInt(10), Bytes.of("v" + random.nextInt(4))));
        }
        return new Txn(compares, ops(random, revision, depth), ops(random, revision, depth));
    }

    private static List<Op> ops(SplittableRandom random, long revision, int depth) {
        List<Op> ops = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            ops.add(switch (random.nextInt(8)) {
                case 0 -> new Op.DeleteOp(delete(random));
                case 1 -> new Op.RangeOp(RangeRequest.of(key(random), Bytes.EMPTY));
                case 2 -> new Op.GrantOp(new LeaseGrant(lease(random), 1000));
                case 3 -> new Op.RevokeOp(new LeaseRevoke(lease(random)));
                case 4 -> depth == 0 ? new Op.PutOp(put(random)) : new Op.TxnOp(txn(random, revision, depth - 1));
                default -> new Op.PutOp(put(random));
            });
        }
        return ops;
    }
}
