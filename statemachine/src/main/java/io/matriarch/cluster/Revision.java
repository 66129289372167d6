package io.matriarch.cluster;

/** A revision of the store: one more with every command that changes a key. Zero stands for a key that is absent. */
public record Revision(long value) implements Comparable<Revision> {

    public static final Revision ABSENT = new Revision(0);

    @Override
    public int compareTo(Revision other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
