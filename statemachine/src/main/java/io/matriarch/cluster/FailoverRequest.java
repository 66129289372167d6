package io.matriarch.cluster;

import java.util.Optional;

/**
 * The failover key: an operator wants the lock to move.
 *
 * @param leader      the member to move it from; given for a switchover, absent for a failover
 * @param candidate   the member to move it to
 * @param scheduledAt ISO-8601 time with offset, as written
 */
public record FailoverRequest(Optional<MemberName> leader, Optional<MemberName> candidate,
                              Optional<String> scheduledAt, Revision modified) {

    public boolean isSwitchover() {
        return leader.isPresent();
    }
}
