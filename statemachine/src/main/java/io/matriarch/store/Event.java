package io.matriarch.store;

import java.util.Optional;

/**
 * One change of one key, as a watcher sees it.
 *
 * @param kv       the key after the change; for a deletion only key and mod revision are set
 * @param previous the key before the change, when it existed and its revision is still retained
 */
public record Event(Type type, KeyValue kv, Optional<KeyValue> previous) {

    /** What happened to the key. */
    public enum Type { PUT, DELETE }
}
