package io.matriarch.store;

/**
 * A read of one key or a range, with etcd's options.
 *
 * @param rangeEnd  empty for one key; one zero byte means: to the last key
 * @param limit     at most this many keys; 0 for all
 * @param revision  the revision to read at; 0 for the newest
 */
public record RangeRequest(Bytes key, Bytes rangeEnd, long limit, long revision, boolean keysOnly, boolean countOnly,
                           SortTarget sortTarget, SortOrder sortOrder, long minModRevision, long maxModRevision,
                           long minCreateRevision, long maxCreateRevision) {

    /** What the result is ordered by. */
    public enum SortTarget { KEY, VERSION, CREATE, MOD, VALUE }

    /** The direction of the order. */
    public enum SortOrder { NONE, ASCEND, DESCEND }

    /** All keys of a range at the newest revision. */
    public static RangeRequest of(Bytes key, Bytes rangeEnd) {
        return new RangeRequest(key, rangeEnd, 0, 0, false, false, SortTarget.KEY, SortOrder.NONE, 0, 0, 0, 0);
    }

    /** All keys that start with {@code prefix}, at the newest revision. */
    public static RangeRequest prefix(Bytes prefix) {
        return of(prefix, prefix.prefixEnd());
    }
}
