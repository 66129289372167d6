package io.matriarch.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * Writes the level of a line by the name Patroni gives it: DEBUG, INFO, WARNING, ERROR, and CRITICAL for an error that
 * carries the marker {@link #CRITICAL}.
 */
public final class PatroniLevel extends ClassicConverter {

    /** Marks an error after which the process cannot serve. */
    public static final Marker CRITICAL = MarkerFactory.getMarker("CRITICAL");

    @Override
    public String convert(ILoggingEvent event) {
        boolean critical = event.getMarkerList() != null && event.getMarkerList().contains(CRITICAL);
        if (critical) {
            return "CRITICAL";
        }
        return switch (event.getLevel().toInt()) {
            case Level.WARN_INT -> "WARNING";
            case Level.TRACE_INT -> "DEBUG";
            default -> event.getLevel().toString();
        };
    }
}
