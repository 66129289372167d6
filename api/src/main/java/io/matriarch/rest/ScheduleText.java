package io.matriarch.rest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the time of a scheduled action and says what is wrong with it. */
final class ScheduleText {

    private static final Pattern ISO = Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)[T ](\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?)"
            + "\\s*(Z|UTC|GMT|[-+]\\d\\d(?::?\\d\\d)?)?", Pattern.CASE_INSENSITIVE);

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
            Matcher m = ISO.matcher(String.valueOf(text).trim());
            if (!m.matches()) {
                throw new DateTimeException("not ISO 8601");
            }
            LocalDateTime local = LocalDateTime.parse(m.group(1) + "T" + m.group(2));
            if (m.group(3) == null) {
                throw Refusal.text(400, "Timezone information is mandatory for the scheduled " + action);
            }
            at = local.toInstant(Character.isLetter(m.group(3).charAt(0)) ? ZoneOffset.UTC : ZoneOffset.of(m.group(3)));
        } catch (DateTimeException e) {
            throw Refusal.text(422, "Unable to parse scheduled timestamp. It should be in an unambiguous format, e.g. ISO 8601");
        }
        if (at.isBefore(now)) {
            throw Refusal.text(422, "Cannot schedule " + action + " in the past");
        }
        return at;
    }
}
