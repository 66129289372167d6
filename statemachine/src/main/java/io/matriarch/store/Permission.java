package io.matriarch.store;

/**
 * What a role may do with one key or a range.
 *
 * @param rangeEnd as in {@link RangeRequest}
 */
public record Permission(Kind kind, Bytes key, Bytes rangeEnd) {

    /** Reading and writing. */
    public enum Kind {
        READ, WRITE, READWRITE;

        boolean allows(Kind wanted) {
            return this == READWRITE || this == wanted;
        }
    }
}
