package io.matriarch.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** Where everything random of one simulation comes from; the same seed gives the same sequence on every machine. */
final class Chance {

    private final SplittableRandom random;

    Chance(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A source of its own, so that one concern drawing more does not change the others. */
    Chance split() {
        return new Chance(random.nextLong());
    }

    boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    /** At least {@code low}, less than {@code high}. */
    long between(long low, long high) {
        return low >= high ? low : random.nextLong(low, high);
    }

    double between(double low, double high) {
        return low >= high ? low : random.nextDouble(low, high);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    long nextLong() {
        return random.nextLong();
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Nanoseconds until the next of events that come every {@code mean} nanoseconds on average. */
    long exponential(long mean) {
        return (long) (-Math.log(1 - random.nextDouble()) * mean);
    }
}
