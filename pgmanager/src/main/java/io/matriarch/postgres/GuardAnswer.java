package io.matriarch.postgres;

import java.util.Optional;

/**
 * A line of the guard's answers that tells its state.
 *
 * @param watch       {@code armed}, {@code off} or {@code refused}
 * @param epoch       of the order that this answers, or of the one in force
 * @param incarnation of the order that this answers, or of the one in force
 * @param deadline    in milliseconds of the uptime
 * @param guard       process id of the guard
 * @param postmaster  process id of the server it guards
 */
record GuardAnswer(String watch, long epoch, long incarnation, long deadline, long guard, long postmaster, String watchdog) {

    private static final int FIELDS = 8;

    /** Empty for any other line. */
    static Optional<GuardAnswer> parse(String line) {
        String[] fields = line.strip().split(" ");
        if (fields.length != FIELDS || !fields[0].equals("state")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new GuardAnswer(fields[1], Long.parseLong(fields[2]), Long.parseLong(fields[3]),
                    Long.parseLong(fields[4]), Long.parseLong(fields[5]), Long.parseLong(fields[6]),
                    fields[7]));
        } catch (NumberFormatException e) {
            return Optional.empty(); // half a line of a guard that was killed
        }
    }

    boolean isArmed() {
        return watch.equals("armed");
    }

    boolean answers(long askedEpoch, long askedIncarnation) {
        return epoch == askedEpoch && incarnation == askedIncarnation;
    }
}
