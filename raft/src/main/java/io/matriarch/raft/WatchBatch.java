package io.matriarch.raft;

import io.matriarch.store.Event;
import io.matriarch.store.KeyValue;
import java.util.List;
import java.util.Optional;

/**
 * An answer to a client that waits for changes.
 *
 * @param compacted the changes asked for are gone
 * @param next      where to go on; when compacted, the first revision that may still be read
 * @param events    the changes of one revision, perhaps none
 */
record WatchBatch(boolean compacted, long next, List<Event> events) {

    byte[] encode(long ageMillis) {
        WireOut out = new WireOut().i64(ageMillis).flag(compacted).i64(next).i32(events.size());
        for (Event event : events) {
            out.u8(event.type().ordinal());
            write(out, event.kv());
            out.flag(event.previous().isPresent());
            event.previous().ifPresent(kv -> write(out, kv));
        }
        return out.done();
    }

    /** Reads what follows the age. */
    static WatchBatch decode(WireIn in) {
        return new WatchBatch(in.flag(), in.i64(), in.list(WatchBatch::event));
    }

    private static Event event(WireIn in) {
        return new Event(in.constant(Event.Type.values()), keyValue(in),
                in.flag() ? Optional.of(keyValue(in)) : Optional.empty());
    }

    private static void write(WireOut out, KeyValue kv) {
        out.bytes(kv.key()).bytes(kv.value()).i64(kv.createRevision()).i64(kv.modRevision()).i64(kv.version())
                .i64(kv.lease());
    }

    private static KeyValue keyValue(WireIn in) {
        return new KeyValue(in.string(), in.string(), in.i64(), in.i64(), in.i64(), in.i64());
    }
}
