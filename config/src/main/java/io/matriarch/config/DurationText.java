package io.matriarch.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Lengths of time as an operator writes them. */
final class DurationText {

    private DurationText() {
    }

    /** A number of seconds, possibly with a fraction, or a number with a unit; to the millisecond. */
    static Optional<Duration> parse(String text) {
        boolean bare = text.trim().matches("[+-]?[0-9.]+");
        OptionalLong millis = UnitText.parse(bare ? text.trim() + "s" : text, "ms");
        return millis.isPresent() ? Optional.of(Duration.ofMillis(millis.getAsLong())) : Optional.empty();
    }

    static String of(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
