package io.matriarch.etcdapi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.store.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages on both wires. */
class CodecsTest {

    private final Schema schema = Schema.load();
    private final JsonCodec json = new JsonCodec();

    private Message txn() {
        Message put = schema.fresh("PutRequest").set("key", Bytes.of("k")).set("lease", -1).set("prev_kv", true);
        Message compare = schema.fresh("Compare").set("result", 3).set("target", 1).set("key", Bytes.of("k"))
                .set("create_revision", 0).set("range_end", Bytes.of("l"));
        return schema.fresh("TxnRequest").add("compare", compare)
                .add("success", schema.fresh("RequestOp").set("request_put", put));
    }

    @Test
    void theWireFormIsThatOfProtobuf() {
        // field 64 has a tag of two bytes; the 0 inside a choice is written
        assertEquals("0a0d" + "0803" + "1001" + "1a016b" + "2800" + "8204016c"
                + "1212" + "1210" + "0a016b" + "18ffffffffffffffffff01" + "2001",
                HexFormat.of().formatHex(WireCodec.encode(txn())));
        assertEquals(txn(), WireCodec.decode(schema.shape("TxnRequest"), WireCodec.encode(txn())));
    }

    @Test
    void theJsonFormHasTextsForLongNumbersAndNothingForDefaults() {
        Message header = schema.fresh("ResponseHeader").set("cluster_id", -1).set("revision", 5);
        Message answer = schema.fresh("HashKVResponse").set("header", header).set("hash", 0xffff_ffffL);
        assertEquals("{\"header\":{\"cluster_id\":\"18446744073709551615\",\"revision\":\"5\"},\"hash\":4294967295}", json.encode(answer));
        assertEquals("{\"type\":\"DELETE\",\"kv\":{\"key\":\"aw==\"}}", json.encode(schema.fresh("Event").set("type", 1)
                .set("kv", schema.fresh("KeyValue").set("key", Bytes.of("k")).set("value", Bytes.EMPTY))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"range_end\":\"YQ==\",\"limit\":\"5\",\"sort_order\":\"DESCEND\"}", "{\"rangeEnd\":\"YQ==\",\"limit\":5,\"sortOrder\":2,\"unknown\":[{}]}",
        "{\"range_end\":\"YQ==\",\"limit\":5,\"sort_order\":2,\"revision\":null}"})
    void readsWhatClientsWrite(String text) {
        Message m = json.decode(schema.shape("RangeRequest"), text.getBytes(StandardCharsets.UTF_8)).get(0);
        assertEquals(Bytes.of("a"), m.bytes("range_end"));
        assertEquals(5, m.number("limit"));
        assertEquals(2, m.number("sort_order"));
    }

    @Test
    void aBodyMayHoldSeveralMessagesOrNone() {
        assertEquals(2, json.decode(schema.shape("WatchRequest"), "{} {\"progress_request\":{}}".getBytes(StandardCharsets.UTF_8)).size());
        assertEquals(List.of(schema.fresh("RangeRequest")), json.decode(schema.shape("RangeRequest"), new byte[0]));
    }

    @Test
    void everyCallHasItsPathsOnBothWires() {
        assertTrue(schema.calls().size() > 40, () -> "calls: " + schema.calls().size());
        for (Rpc rpc : schema.calls()) {
            assertEquals(rpc, schema.call(rpc.path()).orElseThrow());
            rpc.jsonPaths().forEach(path -> assertEquals(rpc, schema.jsonCall(path).orElseThrow(), path));
        }
        assertEquals("/etcdserverpb.Lease/LeaseRevoke", schema.jsonCall("/v3beta/kv/lease/revoke").orElseThrow().path());
    }

    @Test
    void damagedBytesAreRefusedOrReadAndNothingElse() {
        SplittableRandom chance = new SplittableRandom(5);
        byte[] whole = WireCodec.encode(txn());
        Shape shape = schema.shape("TxnRequest");
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = java.util.Arrays.copyOf(whole, chance.nextInt(whole.length + 1));
            for (int j = chance.nextInt(4); j > 0 && damaged.length > 0; j--) {
                damaged[chance.nextInt(damaged.length)] = (byte) chance.nextInt(256);
            }
            try {
                byte[] again = WireCodec.encode(WireCodec.decode(shape, damaged));
                assertArrayEquals(again, WireCodec.encode(WireCodec.decode(shape, again)));
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertTrue(refused > 1_000);
    }

    @Test
    void deepNestingIsRefusedOnBothWires() {
        Message inner = schema.fresh("TxnRequest");
        StringBuilder text = new StringBuilder("{}");
        for (int i = 0; i < 120; i++) {
            inner = schema.fresh("TxnRequest").add("success", schema.fresh("RequestOp").set("request_txn", inner));
            text.insert(0, "{\"success\":[{\"request_txn\":").append("}]}");
        }
        byte[] wire = WireCodec.encode(inner);
        assertThrows(IllegalArgumentException.class, () -> WireCodec.decode(schema.shape("TxnRequest"), wire));
        assertThrows(IllegalArgumentException.class,
                () -> json.decode(schema.shape("TxnRequest"), text.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
