package io.matriarch.store;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** Short texts by name, beside the keys; see {@link Command.Note}. Bounded, since nothing else would bound them. */
final class Notes {

    private static final long MAX_BYTES = 1 << 20;
    private static final long NOTE_OVERHEAD = 64;

    private final NavigableMap<Bytes, Bytes> byName = new TreeMap<>();
    private long bytes;

    /** @return false when there is no room; nothing has changed then */
    boolean write(Command.Note note) {
        Bytes before = byName.get(note.name());
        long without = before == null ? bytes : bytes - size(note.name(), before);
        if (note.text().size() == 0) {
            byName.remove(note.name());
            bytes = without;
            return true;
        }
        long with = without + size(note.name(), note.text());
        if (with > MAX_BYTES) {
            return false;
        }
        byName.put(note.name(), note.text());
        bytes = with;
        return true;
    }

    private static long size(Bytes name, Bytes text) {
        return NOTE_OVERHEAD + name.size() + text.size();
    }

    SortedMap<Bytes, Bytes> startingWith(Bytes prefix) {
        NavigableMap<Bytes, Bytes> found = new TreeMap<>();
        byName.tailMap(prefix, true).entrySet().stream().takeWhile(e -> e.getKey().startsWith(prefix))
                .forEach(e -> found.put(e.getKey(), e.getValue()));
        return Collections.unmodifiableSortedMap(found);
    }
}
