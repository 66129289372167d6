package io.matriarch.cluster;

/** The name of a member, unique in its cluster and compared exactly. */
public record MemberName(String value) implements Comparable<MemberName> {

    public MemberName {
        if (value.isEmpty() || value.indexOf('/') >= 0) {
            throw new IllegalArgumentException("not a member name: '" + value + "'");
        }
    }

    @Override
    public int compareTo(MemberName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
