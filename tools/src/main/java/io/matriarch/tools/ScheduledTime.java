package io.matriarch.tools;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Optional;

/** Reads the times operators type. Pure. */
final class ScheduledTime {

    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm[:ss]");
    private static final DateTimeFormatter WITH_OFFSET = new DateTimeFormatterBuilder().append(LOCAL)
            .optionalStart().appendOffset("+HH:MM", "Z").optionalEnd().optionalStart().appendOffset("+HHMM", "Z")
            .optionalEnd().optionalStart().appendOffset("+HH", "Z").optionalEnd().toFormatter();
    private static final DateTimeFormatter WRITTEN = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx");

    private ScheduledTime() {
    }

    /**
     * @param zone of a time without an offset
     * @return ISO-8601 with offset; empty for {@code now} and nothing
     * @throws CtlError when it is not a time
     */
    static Optional<String> parse(String text, ZoneId zone) {
        if (text.isEmpty() || text.equalsIgnoreCase("now")) {
            return Optional.empty();
        }
        String normal = text.strip().replaceFirst("^(\\d{4}-\\d{2}-\\d{2})\\s+", "$1T")
                .replaceFirst("\\s+([+-]\\d)", "$1").replaceFirst("\\.\\d+", "");
        try {
            if (normal.length() == "2026-11-20".length()) {
                return Optional.of(LocalDate.parse(normal).atStartOfDay(zone).toOffsetDateTime().format(WRITTEN));
            }
            Object time = WITH_OFFSET.parseBest(normal, OffsetDateTime::from, LocalDateTime::from);
            return Optional.of((time instanceof OffsetDateTime with ? with
                    : ((LocalDateTime) time).atZone(zone).toOffsetDateTime()).format(WRITTEN));
        } catch (DateTimeException e) {
            throw new CtlError("Unable to parse scheduled timestamp (" + text
                    + "). It should be in an unambiguous format (e.g. ISO 8601)");
        }
    }
}
