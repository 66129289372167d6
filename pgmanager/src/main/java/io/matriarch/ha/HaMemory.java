package io.matriarch.ha;

/** What a decision leaves for the next one. */
public record HaMemory() {

    public static final HaMemory EMPTY = new HaMemory();
}
