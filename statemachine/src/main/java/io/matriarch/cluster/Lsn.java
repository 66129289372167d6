package io.matriarch.cluster;

/**
 * A position in the write-ahead log, in bytes from its beginning. Zero means unknown.
 *
 * @param value unsigned in PostgreSQL, never negative here
 */
public record Lsn(long value) implements Comparable<Lsn> {

    public static final Lsn ZERO = new Lsn(0);

    /** Parses PostgreSQL's form {@code X/Y}, both parts hexadecimal. */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a log position: " + text);
        }
        return new Lsn((Long.parseLong(text.substring(0, slash), 16) << 32)
                | Long.parseLong(text.substring(slash + 1), 16));
    }

    public boolean isKnown() {
        return value != 0;
    }

    /** The later of the two. */
    public Lsn max(Lsn other) {
        return value >= other.value ? this : other;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return String.format("%X/%X", value >>> 32, value & 0xFFFFFFFFL);
    }
}
