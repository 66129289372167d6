package io.matriarch.ha;

import java.util.Map;

/** The tags that decisions rest on, as members publish them: booleans, numbers or text. */
final class TagReader {

    private TagReader() {
    }

    static boolean nofailover(Map<String, Object> tags) {
        Object flag = tags.get("nofailover");
        return flag != null ? isTrue(flag) : failoverPriority(tags) <= 0;
    }

    /** The priority, 1 by default; 0 or less forbids promotion. */
    static int failoverPriority(Map<String, Object> tags) {
        return tags.get("failover_priority") instanceof Number n ? n.intValue() : 1;
    }

    static boolean isTrue(Object flag) {
        return flag instanceof Boolean b ? b
                : flag instanceof Number n ? n.longValue() != 0 : Boolean.parseBoolean(String.valueOf(flag));
    }
}
