package io.matriarch.tools.drill;

/**
 * One measured figure.
 *
 * @param value        in the unit of the figure: seconds, MiB or percent
 * @param acknowledged rows acknowledged since the writer started
 * @param primary      who was primary afterwards
 */
public record Measurement(Figure figure, double value, long acknowledged, String primary) {

    /** Whether it is good enough. */
    public boolean isReached() {
        return figure.isReachedBy(value);
    }
}
