package io.matriarch.rest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;

/** Reads the time of a scheduled action and says what is wrong with it. */
final class ScheduleText {

    private static final DateTimeFormatter FORMAT = new DateTimeFormatterBuilder().parseCaseInsensitive()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendPattern("['T'][ ]HH:mm[:ss]")
            .optionalStart().appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true).optionalEnd()
            .appendPattern("[ ]").optionalStart().appendOffset("+HH:mm", "Z").optionalEnd()
            .optionalStart().appendOffset("+HHmm", "UTC").optionalEnd()
            .optionalStart().appendOffset("+HH", "GMT").optionalEnd()
            .parseDefaulting(ChronoField.SECOND_OF_MINUTE, 0)
            .toFormatter(java.util.Locale.ROOT).withResolverStyle(ResolverStyle.SMART);

    private ScheduleText() {
    }

    /**
     * The moment a text names.
     *
     * @param action {@code switchover} or {@code restart}, for the refusal
     */
    static Instant parse(Object text, String action, Instant now) throws Refusal {
        Instant at;
        try {
            TemporalAccessor parsed = FORMAT.parse(String.valueOf(text).trim());
            if (!parsed.isSupported(ChronoField.OFFSET_SECONDS)) {
                throw Refusal.text(400, "Timezone information is mandatory for the scheduled " + action);
            }
            at = OffsetDateTime.from(parsed).toInstant();
        } catch (DateTimeException e) {
            throw Refusal.text(422, "Unable to parse scheduled timestamp. It should be in an unambiguous format, e.g. ISO 8601");
        }
        if (at.isBefore(now)) {
            throw Refusal.text(422, "Cannot schedule " + action + " in the past");
        }
        return at;
    }
}
