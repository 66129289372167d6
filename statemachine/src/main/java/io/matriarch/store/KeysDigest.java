package io.matriarch.store;

import java.util.List;
import java.util.zip.CRC32C;

/** A checksum of the keys with their retained history, for comparing peers. */
final class KeysDigest {

    private KeysDigest() {
    }

    /** Covers the keys as they were at the compacted revision, and every change after it up to {@code revision}. */
    static int of(VersionedKeys keys, long revision) {
        CRC32C sum = new CRC32C();
        for (KeyValue kv : keys.base()) {
            add(sum, kv);
        }
        for (List<Event> events : keys.eventsSince(keys.compacted()).orElseThrow()) {
            for (Event event : events) {
                long at = event.kv().modRevision();
                if (at > keys.compacted() && at <= revision) {
                    add(sum, event.kv());
                }
            }
        }
        return (int) sum.getValue();
    }

    private static void add(CRC32C sum, KeyValue kv) {
        byte[] bytes = ResultCodec.write(kv).toArray();
        sum.update(bytes, 0, bytes.length);
    }
}
