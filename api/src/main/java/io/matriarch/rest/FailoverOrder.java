package io.matriarch.rest;

import io.matriarch.cluster.ClusterView;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An operator's wish that the leader lock moves, as far as it makes sense by itself. Pure.
 *
 * @param switchover from a leader that works; else a failover
 * @param leader     whom to move it from; present for a switchover
 * @param candidate  whom to move it to
 * @param scheduled  at a later time
 */
record FailoverOrder(boolean switchover, Optional<String> leader, Optional<String> candidate, boolean scheduled) {

    /**
     * Checks a request body.
     *
     * @param switchover which of the two was asked for; a failover from a named leader becomes a switchover
     */
    static FailoverOrder parse(boolean switchover, Map<String, Object> body, ClusterView view, Instant now)
            throws Refusal {
        Optional<String> leader = name(body, "leader");
        Optional<String> candidate = name(body, "candidate");
        if (candidate.isEmpty()) {
            candidate = name(body, "member");
        }
        Object scheduledAt = body.get("scheduled_at");
        boolean scheduled = scheduledAt != null && !scheduledAt.equals("");
        if (!switchover && candidate.isEmpty()) {
            throw Refusal.text(400, "Failover could be performed only to a specific candidate");
        }
        if (switchover && leader.isEmpty()) {
            throw Refusal.text(400, "Switchover could be performed only from a specific leader");
        }
        if (scheduled) {
            checkSchedule(switchover, scheduledAt, view, now);
        }
        if (view.isPaused() && candidate.isEmpty()) {
            throw Refusal.text(400, "Switchover is possible only to a specific candidate in a paused state");
        }
        if (leader.isPresent() && leader.equals(candidate)) {
            throw Refusal.text(400, "Switchover target and source are the same");
        }
        return new FailoverOrder(switchover || leader.isPresent(), leader, candidate, scheduled);
    }

    /** {@code switchover} or {@code failover}. */
    String action() {
        return switchover ? "switchover" : "failover";
    }

    /** The same as the first word of a sentence. */
    String title() {
        return switchover ? "Switchover" : "Failover";
    }

    /** What has been done when it is done: {@code Switched over}. */
    private String past() {
        return switchover ? "Switched over" : "Failed over";
    }

    /**
     * What a view read after the request was written says about its fate.
     *
     * @param before  who held the lock when it was requested
     * @param written whether the failover key is known to have been there
     * @return empty while it is undecided
     */
    Optional<Reply> fate(ClusterView view, Optional<String> before, boolean written) {
        Optional<String> now = view.leader().map(l -> l.holder().value());
        if (now.isPresent() && !now.equals(before)) {
            boolean asWished = candidate.isEmpty() || candidate.equals(now);
            return Optional.of(Reply.text(200, asWished
                    ? "Successfully " + past().toLowerCase(java.util.Locale.ROOT) + " to \"" + now.get() + "\""
                    : past() + " to \"" + now.get() + "\" instead of \"" + candidate.get() + "\""));
        }
        if (written && now.isPresent() && view.failover().isEmpty()) {
            return Optional.of(Reply.text(503, title() + " failed"));
        }
        return Optional.empty();
    }

    private static void checkSchedule(boolean switchover, Object scheduledAt, ClusterView view, Instant now)
            throws Refusal {
        if (!switchover) {
            throw Refusal.text(400, "Failover can't be scheduled");
        }
        if (view.isPaused()) {
            throw Refusal.text(400, "Can't schedule switchover in the paused state");
        }
        ScheduleText.parse(scheduledAt, "switchover", now);
    }

    private static Optional<String> name(Map<String, Object> body, String key) throws Refusal {
        Object value = body.get(key);
        if (value == null || value.equals("")) {
            return Optional.empty();
        }
        if (!(value instanceof String text)) {
            throw new Refusal(Reply.errorPage(400, "Bad Request", "The name of a member is a string: " + key));
        }
        return Optional.of(text);
    }
}
