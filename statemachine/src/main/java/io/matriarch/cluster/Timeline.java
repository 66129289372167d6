package io.matriarch.cluster;

/** A timeline number; zero means unknown. */
public record Timeline(int value) implements Comparable<Timeline> {

    public static final Timeline UNKNOWN = new Timeline(0);

    public boolean isKnown() {
        return value != 0;
    }

    @Override
    public int compareTo(Timeline other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
