package io.matriarch.history;

import java.util.OptionalLong;

/**
 * A lease with one key, as its client saw it. Times are nanoseconds of the clock of the operations.
 *
 * @param key         attached to it and to nothing else, ever
 * @param seconds     the time to live that was granted
 * @param proven      when the last grant or renewal that was answered had been sent: it lives until this and the time to live
 * @param tried       when the last renewal of which no answer came was given up, or the last answer came, if later
 * @param revoked     whether the client revoked it, or may have
 */
record LeaseLife(String key, long seconds, long proven, long tried, boolean revoked) {

    private static final long SECOND = 1_000_000_000L;

    /** @param ended when a watcher was told that the key is gone; empty: never */
    String fault(OptionalLong ended, long checkedAt, long bound) {
        long earliest = proven + seconds * SECOND;
        long latest = tried + seconds * SECOND + bound;
        if (!revoked && ended.isPresent() && ended.getAsLong() < earliest) {
            return key + ": its lease ended " + (earliest - ended.getAsLong()) / 1_000_000 + " ms early";
        }
        if (ended.orElse(checkedAt) > latest) {
            return key + ": its lease " + (ended.isPresent() ? "ended " : "is still there, ")
                    + (ended.orElse(checkedAt) - latest) / 1_000_000 + " ms later than the bound";
        }
        return "";
    }
}
