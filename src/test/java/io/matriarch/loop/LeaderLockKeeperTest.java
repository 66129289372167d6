package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.LockHold;
import io.matriarch.ha.Tick;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What proves a lock, for how long, and what does not. */
class LeaderLockKeeperTest {

    private static final Duration LEASE = Duration.ofMillis(2500);
    private static final long PROVEN = 2500 - 250;

    private final ManualClock clock = new ManualClock();
    private final FakeDcs dcs = new FakeDcs();
    private final LeaderLockKeeper keeper = new LeaderLockKeeper(dcs, clock, clock::boot);
    private final LeaderLock lock = new LeaderLock(new MemberName("a"), new LeaseId(1), new Revision(5));
    private final AtomicInteger changes = new AtomicInteger();
    private final AtomicInteger due = new AtomicInteger();

    @BeforeEach
    void permitted() {
        keeper.permit(clock.now().plus(Duration.ofSeconds(10)));
        keeper.onChange(changes::incrementAndGet);
        keeper.onDue(due::incrementAndGet);
    }

    private void acquire() {
        keeper.acquired(lock, keeper.moment(), LEASE);
        due.set(0);
    }

    private boolean isHeld() {
        return keeper.hold().isValidAt(clock.now());
    }

    @Test
    void marginOfTheUsualLeaseIsAQuarterOfASecond() {
        assertEquals(Duration.ofMillis(250), LeaderLockKeeper.margin(LEASE));
    }

    @Test
    void acquisitionCountsFromBeforeItWasSent() {
        LeaderLockKeeper.Moment sent = keeper.moment();
        clock.pass(400);
        keeper.acquired(lock, sent, LEASE);
        clock.pass(PROVEN - 401);
        assertTrue(isHeld());
        clock.pass(1);
        assertFalse(isHeld());
    }

    @Test
    void renewalCountsFromBeforeItWasSent() {
        acquire();
        Tick sent = clock.pass(500);
        keeper.poll(sent);
        clock.pass(200);
        dcs.renewals.get(0).complete(FakeDcs.applied());
        assertEquals(Optional.of(sent.plus(Duration.ofMillis(PROVEN))), keeper.hold().validUntil());
    }

    @Test
    void renewsEveryHalfSecond() {
        acquire();
        assertEquals(clock.now().plus(Duration.ofMillis(500)), keeper.poll(clock.now()));
        assertEquals(0, dcs.renewals.size());
        keeper.poll(clock.pass(500));
        assertEquals(1, dcs.renewals.size());
        dcs.renewals.get(0).complete(FakeDcs.applied());
        keeper.poll(clock.pass(499));
        assertEquals(1, dcs.renewals.size());
        keeper.poll(clock.pass(1));
        assertEquals(2, dcs.renewals.size());
    }

    @Test
    void anUnknownRenewalChangesNothingAndIsSentAgainAtOnce() {
        acquire();
        Optional<Tick> before = keeper.hold().validUntil();
        keeper.poll(clock.pass(500));
        clock.pass(120);
        dcs.renewals.get(0).complete(FakeDcs.unknown());
        assertEquals(before, keeper.hold().validUntil());
        assertEquals(1, due.get());
        keeper.poll(clock.now());
        assertEquals(2, dcs.renewals.size());
    }

    @Test
    void anUnknownRenewalThatComesBackImmediatelyIsNotRepeatedInASpin() {
        acquire();
        keeper.poll(clock.pass(500));
        dcs.renewals.get(0).complete(FakeDcs.unknown());
        keeper.poll(clock.now());
        assertEquals(1, dcs.renewals.size());
        keeper.poll(clock.pass(50));
        assertEquals(2, dcs.renewals.size());
    }

    @Test
    void aRenewalWithoutAnAnswerIsSentAgainAfterItsTime() {
        acquire();
        keeper.poll(clock.pass(500));
        keeper.poll(clock.pass(299));
        assertEquals(1, dcs.renewals.size());
        keeper.poll(clock.pass(1));
        assertEquals(2, dcs.renewals.size());
    }

    @Test
    void aLateSuccessProvesWhatItsSendingTimeAllows() {
        acquire();
        keeper.poll(clock.pass(500));
        keeper.poll(clock.pass(300));
        Tick second = clock.now();
        dcs.renewals.get(1).complete(FakeDcs.applied());
        dcs.renewals.get(0).complete(FakeDcs.applied());
        assertEquals(Optional.of(second.plus(Duration.ofMillis(PROVEN))), keeper.hold().validUntil());
    }

    @Test
    void aRejectedRenewalEndsTheHoldAtOnce() {
        acquire();
        keeper.poll(clock.pass(500));
        dcs.renewals.get(0).complete(FakeDcs.rejected());
        assertEquals(Optional.empty(), keeper.hold().lock());
        assertFalse(keeper.hold().isValidAt(clock.now()));
        assertTrue(keeper.hold().proof().isPresent(), "that it was held once stays known");
        assertEquals(1, changes.get());
        keeper.poll(clock.pass(600));
        assertEquals(1, dcs.renewals.size(), "nothing to renew any more");
    }

    @Test
    void anAnswerAboutAFormerLockDoesNotTouchTheNewOne() {
        acquire();
        keeper.poll(clock.pass(500));
        LeaderLock next = new LeaderLock(lock.holder(), new LeaseId(2), new Revision(9));
        keeper.acquired(next, keeper.moment(), LEASE);
        dcs.renewals.get(0).complete(FakeDcs.rejected());
        assertEquals(Optional.of(next), keeper.hold().lock());
        assertTrue(isHeld());
    }

    @Test
    void anAdoptedLockIsHeldOnlyAfterItsFirstRenewal() {
        keeper.adopt(lock, clock.now(), LEASE);
        assertFalse(isHeld());
        keeper.poll(clock.now());
        assertEquals(1, dcs.renewals.size());
        dcs.renewals.get(0).complete(FakeDcs.applied());
        assertTrue(isHeld());
        assertEquals(1, changes.get());
    }

    @Test
    void aForgottenLockIsNotRenewed() {
        acquire();
        keeper.forget();
        assertEquals(LockHold.NONE, keeper.hold());
        keeper.poll(clock.pass(600));
        assertEquals(0, dcs.renewals.size());
    }

    @Test
    void aLoopThatHangsLosesTheLock() {
        acquire();
        for (int i = 0; i < 40; i++) {
            keeper.poll(clock.pass(500));
            dcs.renewals.forEach(r -> r.complete(FakeDcs.applied()));
        }
        assertFalse(isHeld());
        assertEquals(19, dcs.renewals.size(), "one every half second while permitted");
        keeper.permit(clock.now().plus(Duration.ofSeconds(10)));
        keeper.poll(clock.now());
        assertEquals(20, dcs.renewals.size());
    }

    @Test
    void aMachineThatSleptHoldsNothing() {
        acquire();
        clock.sleep(150);
        assertTrue(isHeld(), "within the reading error of the clocks");
        clock.sleep(100);
        assertFalse(isHeld());
    }

    @Test
    void aRenewalSentBeforeTheMachineSleptProvesNothing() {
        acquire();
        keeper.poll(clock.pass(500));
        clock.sleep(3000);
        dcs.renewals.get(0).complete(FakeDcs.applied());
        assertFalse(isHeld());
        keeper.poll(clock.pass(50));
        dcs.renewals.get(1).complete(FakeDcs.applied());
        assertTrue(isHeld());
    }

    @Test
    void theDeadlineForPostgresCountsFromBeforeTheProofWasSentOnTheClockThatKnowsOfSleep() {
        clock.sleep(7000);
        List<Duration> told = deadlines();
        LeaderLockKeeper.Moment sent = keeper.moment();
        clock.pass(400);
        keeper.acquired(lock, sent, LEASE);
        assertEquals(List.of(Duration.ofMillis(PROVEN - 400)), told);
        keeper.poll(clock.pass(100));
        clock.pass(200);
        dcs.renewals.get(0).complete(FakeDcs.applied());
        assertEquals(Duration.ofMillis(PROVEN - 200), told.get(1));
        assertEquals(keeper.hold().validUntil(), Optional.of(clock.now().plus(told.get(1))), "strict: the end of the hold");
    }

    @Test
    void whatProvesNothingTellsNoDeadline() {
        List<Duration> told = deadlines();
        keeper.adopt(lock, clock.now(), LEASE);
        keeper.poll(clock.now());
        dcs.renewals.get(0).complete(FakeDcs.unknown());
        keeper.poll(clock.pass(50));
        clock.sleep(3000);
        dcs.renewals.get(1).complete(FakeDcs.applied());
        keeper.poll(clock.pass(50));
        keeper.forget();
        dcs.renewals.get(2).complete(FakeDcs.applied());
        assertEquals(List.of(), told);
    }

    @Test
    void theLenientDeadlineIsToldWhenItChangesAndWithEveryProof() {
        List<Duration> told = deadlines();
        keeper.lenient(Optional.of(Duration.ofSeconds(10)));
        acquire();
        keeper.poll(clock.pass(500));
        dcs.renewals.get(0).complete(FakeDcs.applied());
        clock.pass(100);
        keeper.lenient(Optional.empty());
        keeper.lenient(Optional.empty());
        assertEquals(List.of(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofMillis(PROVEN - 100)), told);
    }

    /** What is told from now on, counted from the moment it is told. */
    private List<Duration> deadlines() {
        List<Duration> told = new ArrayList<>();
        keeper.onProof((held, until) -> {
            assertEquals(lock, held);
            told.add(until.since(clock.boot()));
        });
        return told;
    }

    @Test
    void theSessionIsKeptAliveThreeTimesPerTtl() {
        keeper.session(new LeaseId(9), Duration.ofSeconds(30), clock.now());
        keeper.permit(clock.now().plus(Duration.ofSeconds(60)));
        keeper.poll(clock.pass(9_999));
        assertEquals(0, dcs.sessionRenewals.size());
        keeper.poll(clock.pass(1));
        assertEquals(1, dcs.sessionRenewals.size());
        dcs.sessionRenewals.get(0).complete(FakeDcs.applied());
        keeper.poll(clock.pass(9_999));
        assertEquals(1, dcs.sessionRenewals.size());
    }

    @Test
    void aLostSessionIsReportedOnce() {
        keeper.session(new LeaseId(9), Duration.ofSeconds(30), clock.now());
        keeper.permit(clock.now().plus(Duration.ofSeconds(60)));
        keeper.poll(clock.pass(10_000));
        dcs.sessionRenewals.get(0).complete(FakeDcs.rejected());
        assertEquals(1, changes.get());
        assertTrue(keeper.takeSessionLost());
        assertFalse(keeper.takeSessionLost());
    }
}
