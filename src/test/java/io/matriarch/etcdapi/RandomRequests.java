package io.matriarch.etcdapi;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Requests for the JSON gateway, by chance, on few keys, so that they meet each other; some of them are wrong. */
final class RandomRequests {

    private static final List<String> KEYS = List.of("a", "aa", "ab", "b", "c", "\u00ff", "\u00ff\u00ff", "");
    private static final List<String> ENDS = List.of("", "", "\0", "b", "ac", "d", "a");
    private static final List<String> VALUES = List.of("", "1", "2", "three");

    private final SplittableRandom chance;
    private long revision = 1;

    RandomRequests(long seed) {
        this.chance = new SplittableRandom(seed);
    }

    record Request(String path, String body) {
    }

    /** Tells what revision the store has, so that revisions asked for are near it. */
    void seen(long current) {
        revision = Math.max(revision, current);
    }

    Request next() {
        int kind = chance.nextInt(100);
        if (kind < 25) {
            return new Request("/v3/kv/put", put());
        } else if (kind < 50) {
            return new Request("/v3/kv/range", range());
        } else if (kind < 62) {
            return new Request("/v3/kv/deleterange", delete());
        } else if (kind < 84) {
            return new Request("/v3/kv/txn", txn(3));
        } else if (kind < 88) {
            return new Request("/v3/lease/grant", "{\"TTL\":" + pick(List.of("600", "\"601\"", "\"9000000001\"")) + ",\"ID\":\""
                    + (1 + chance.nextInt(4)) + "\"}");
        } else if (kind < 91) {
            return new Request(pick(List.of("/v3/lease/revoke", "/v3/kv/lease/revoke")), "{\"ID\":\"" + lease() + "\"}");
        } else if (kind < 93) {
            return new Request("/v3/lease/keepalive", "{\"ID\":" + lease() + "}");
        } else if (kind < 95) {
            return new Request("/v3/lease/timetolive", "{\"ID\":\"" + lease() + "\",\"keys\":true}");
        } else if (kind < 98) {
            return new Request("/v3/kv/compaction", "{\"revision\":\"" + (revision - chance.nextInt(12) + 2) + "\"}");
        }
        return new Request("/v3/kv/range", pick(List.of("{", "[]", "{\"key\":5}", "{\"sort_order\":\"UP\"}", "")));
    }

    private <T> T pick(List<T> list) {
        return list.get(chance.nextInt(list.size()));
    }

    private String key() {
        return "\"key\":\"" + JsonClient.base64(chance.nextInt(30) == 0 ? "" : KEYS.get(chance.nextInt(KEYS.size() - 1))) + "\"";
    }

    private String end() {
        return ",\"range_end\":\"" + JsonClient.base64(pick(ENDS)) + "\"";
    }

    private long lease() {
        return chance.nextInt(3) == 0 ? 1 + chance.nextInt(4) : 0;
    }

    private String maybe(int oneIn, String text) {
        return chance.nextInt(oneIn) == 0 ? text : "";
    }

    private String put() {
        return "{" + key() + maybe(2, ",\"prev_kv\":true") + maybe(10, ",\"ignore_value\":true") + maybe(10, ",\"ignore_lease\":true")
                + maybe(3, ",\"lease\":\"" + lease() + "\"") + maybe(1, chance.nextInt(8) == 0 ? ""
                : ",\"value\":\"" + JsonClient.base64(pick(VALUES)) + "\"") + "}";
    }

    private String delete() {
        return "{" + key() + maybe(2, end()) + maybe(2, ",\"prevKv\":true") + "}";
    }

    private String range() {
        return "{" + key() + maybe(2, end()) + maybe(4, ",\"limit\":\"" + chance.nextInt(3) + "\"")
                + maybe(4, ",\"revision\":\"" + (revision - chance.nextInt(8) + 1) + "\"") + maybe(6, ",\"count_only\":true")
                + maybe(6, ",\"keys_only\":true") + maybe(4, ",\"sort_order\":\"" + pick(List.of("NONE", "ASCEND", "DESCEND")) + "\"")
                + maybe(4, ",\"sort_target\":\"" + pick(List.of("KEY", "CREATE", "MOD", "VERSION", "VALUE")) + "\"")
                + maybe(8, ",\"min_mod_revision\":\"" + revision / 2 + "\"") + maybe(8, ",\"max_mod_revision\":\"" + revision + "\"")
                + maybe(8, ",\"min_create_revision\":\"" + revision / 2 + "\"")
                + maybe(8, ",\"max_create_revision\":\"" + (revision - 1) + "\"") + maybe(4, ",\"serializable\":true") + "}";
    }

    private String txn(int depth) {
        List<String> compares = new ArrayList<>();
        for (int i = chance.nextInt(3); i > 0; i--) {
            compares.add(compare());
        }
        return "{\"compare\":[" + String.join(",", compares) + "],\"success\":[" + ops(depth) + "],\"failure\":[" + ops(depth) + "]}";
    }

    private String compare() {
        String operand = switch (chance.nextInt(5)) {
            case 0 -> "\"target\":\"VERSION\",\"version\":\"" + chance.nextInt(3) + "\"";
            case 1 -> "\"target\":\"CREATE\",\"create_revision\":\"" + (revision - chance.nextInt(6)) + "\"";
            case 2 -> "\"target\":\"MOD\",\"mod_revision\":\"" + (chance.nextBoolean() ? 0 : revision - chance.nextInt(6)) + "\"";
            case 3 -> "\"target\":\"VALUE\",\"value\":\"" + JsonClient.base64(pick(VALUES)) + "\"";
            default -> "\"target\":\"LEASE\",\"lease\":\"" + lease() + "\"";
        };
        return "{" + key() + "," + operand + maybe(2, ",\"result\":\"" + pick(List.of("EQUAL", "GREATER", "LESS", "NOT_EQUAL")) + "\"")
                + maybe(5, end()) + "}";
    }

    private String ops(int depth) {
        List<String> ops = new ArrayList<>();
        for (int i = chance.nextInt(4); i > 0; i--) {
            ops.add(switch (chance.nextInt(depth > 0 ? 8 : 7)) {
                case 0, 1, 2 -> "{\"request_put\":" + put() + "}";
                case 3, 4 -> "{\"request_delete_range\":" + delete() + "}";
                case 5, 6 -> "{\"requestRange\":" + range() + "}";
                default -> "{\"request_txn\":" + txn(depth - 1) + "}";
            });
        }
        return String.join(",", ops);
    }
}
