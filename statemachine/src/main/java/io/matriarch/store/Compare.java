package io.matriarch.store;

/**
 * One comparison of a transaction. A key that is absent has create revision, mod revision, version and lease 0; a
 * comparison of its value is false.
 *
 * @param rangeEnd empty for one key; otherwise every key of the range must match
 * @param number   the right side for every target but VALUE
 * @param value    the right side for VALUE
 */
public record Compare(Bytes key, Bytes rangeEnd, Target target, Result result, long number, Bytes value) {

    /** The left side. */
    public enum Target { VERSION, CREATE, MOD, VALUE, LEASE }

    /** The relation: left side, this, right side. */
    public enum Result { EQUAL, GREATER, LESS, NOT_EQUAL }

    /** The key does not exist. */
    public static Compare absent(Bytes key) {
        return new Compare(key, Bytes.EMPTY, Target.CREATE, Result.EQUAL, 0, Bytes.EMPTY);
    }

    /** The key was last put at this revision; 0 means it does not exist. */
    public static Compare modified(Bytes key, long revision) {
        return new Compare(key, Bytes.EMPTY, Target.MOD, Result.EQUAL, revision, Bytes.EMPTY);
    }

    /** The key lives on this lease. */
    public static Compare onLease(Bytes key, long lease) {
        return new Compare(key, Bytes.EMPTY, Target.LEASE, Result.EQUAL, lease, Bytes.EMPTY);
    }
}
