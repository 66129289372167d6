package io.matriarch.raft;

import io.matriarch.raft.ChangeReport.Refusal;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands in the vote of a peer that is being stopped, and takes it back when the peer runs again.
 *
 * <p>The Raft leader decides, one after the other: a vote is taken only when those that are left are a majority of
 * themselves, so two that stop at once do not both leave when the third is away. That a vote was handed in stands in the
 * replicated state before it is taken; a peer that dies in between finds it there and gets its vote back.
 */
final class LeaveOfAbsence implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LeaveOfAbsence.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LOOK_MILLIS = 500;

    private final EmbeddedServer server;
    private final Administration administration;
    private final Expectations expectations;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile boolean leaving;

    LeaveOfAbsence(EmbeddedServer server, Administration administration, Expectations expectations) {
        this.server = server;
        this.administration = administration;
        this.expectations = expectations;
    }

    /** From here on a vote that was handed in is asked for. */
    void start(ScheduledExecutorService timer) {
        timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        boolean without = server.roster().listeners().stream().anyMatch(p -> p.getId().toString().equals(server.id().toString()));
        if (leaving || !without || !expectations.isAway(server.address()) || !asking.compareAndSet(false, true)) {
            return;
        }
        administration.order(new GroupChange.Order(new GroupChange.Promote(server.address()), false)).thenAccept(report -> {
            if (!report.isRefused()) {
                LOG.info("This peer has its vote back.");
            } else if (report.kind() != Refusal.BUSY && report.kind() != Refusal.NO_LEADER) {
                LOG.info("This peer does not have its vote back yet: {}.", report.refusal());
            }
            asking.set(false);
        });
    }

    /** Hands the vote in if the others can do without it; returns after a few seconds at the latest. */
    void leave() {
        leaving = true;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        ChangeReport report = ChangeReport.refused(Refusal.NO_LEADER, "there is no Raft leader");
        boolean again = hasVote();
        while (again && System.nanoTime() - deadline < 0) {
            report = administration.order(new GroupChange.Order(new GroupChange.Demote(server.address()), false))
                    .completeOnTimeout(report, Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS).join();
            again = report.kind() == Refusal.BUSY || report.kind() == Refusal.NO_LEADER;
            if (again) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        if (report.isRefused() && hasVote()) {
            LOG.info("This peer stops and keeps its vote: {}.", report.refusal());
        } else {
            LOG.info("This peer stops and has handed in its vote; it takes it back when it starts.");
        }
    }

    private boolean hasVote() {
        return server.peers().stream().anyMatch(p -> p.getId().toString().equals(server.id().toString()));
    }

    @Override
    public void close() {
        leaving = true;
    }
}
