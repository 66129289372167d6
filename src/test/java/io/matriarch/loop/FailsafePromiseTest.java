package io.matriarch.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.ha.OperatorIntent;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A promise and a try to take the lock exclude each other; and what the promises of all others are worth. */
class FailsafePromiseTest {

    private static final Duration TTL = Duration.ofSeconds(30);
    private static final MemberName B = new MemberName("b");
    private static final MemberName C = new MemberName("c");

    private final ManualClock clock = new ManualClock();
    private final FailsafePromise promise = new FailsafePromise(clock);
    private final FakeDcs dcs = new FakeDcs();
    private final LeaderLockKeeper keeper = new LeaderLockKeeper(dcs, clock, clock::boot);
    private final LeaderLock lock = new LeaderLock(new MemberName("a"), new LeaseId(1), new Revision(5));

    @Test
    void aPromiseHoldsForItsTimeAndIsForOne() {
        assertTrue(promise.give(B, TTL, () -> false));
        assertFalse(promise.mayTry(TTL));
        assertFalse(promise.give(C, TTL, () -> false));
        clock.pass(20_000);
        assertTrue(promise.give(B, TTL, () -> false), "prolonged");
        clock.pass(29_999);
        assertEquals(Optional.of(new OperatorIntent.Promise(Optional.of(B))), promise.given(TTL));
        assertFalse(promise.mayTry(TTL));
        clock.pass(1);
        assertTrue(promise.mayTry(TTL));
    }

    @Test
    void whoHoldsOrMayGetTheLockPromisesNothing() {
        assertFalse(promise.give(B, TTL, () -> true));
        assertTrue(promise.mayTry(TTL));
        clock.pass(29_999);
        assertFalse(promise.give(B, TTL, () -> false), "the request may still come into effect");
        promise.tried();
        assertTrue(promise.give(B, TTL, () -> false));
    }

    @Test
    void aNewAgentMayBeBoundByWhatItsPredecessorPromised() {
        assertEquals(Optional.of(new OperatorIntent.Promise(Optional.empty())), promise.given(TTL));
        clock.pass(30_000);
        assertEquals(Optional.empty(), promise.given(TTL));
    }

    @Test
    void thePromisesOfAllAreAsGoodAsARenewal() {
        keeper.acquired(lock, keeper.moment(), TTL);
        clock.pass(20_000);
        LeaderLockKeeper.Moment sent = keeper.moment();
        clock.pass(1_500);
        keeper.promised(lock, sent, TTL);
        clock.pass(TTL.minus(LeaderLockKeeper.margin(TTL)).toMillis() - 1_501);
        assertTrue(keeper.hold().isValidAt(clock.now()));
        assertTrue(keeper.hold().isPromisedAt(clock.now()));
        clock.pass(1);
        assertFalse(keeper.hold().isValidAt(clock.now()), "counted from before they were asked");
        assertFalse(keeper.hold().isPromisedAt(clock.now()));
    }

    @Test
    void aLockThatTheStoreRefusedIsNotRevivedButThePromiseStays() {
        keeper.permit(clock.now().plus(TTL));
        keeper.acquired(lock, keeper.moment(), TTL);
        keeper.promised(lock, keeper.moment(), TTL);
        clock.pass(5_000);
        keeper.poll(clock.now());
        dcs.renewals.get(0).complete(FakeDcs.rejected());
        assertFalse(keeper.hold().isValidAt(clock.now()));
        assertTrue(keeper.hold().isPromisedAt(clock.now()));
        keeper.promised(lock, keeper.moment(), TTL);
        assertFalse(keeper.hold().isValidAt(clock.now()));
        keeper.forget();
        assertFalse(keeper.hold().isPromisedAt(clock.now()), "given up");
    }

    @Test
    void aLongLeaseIsRenewedTenTimesInItsTime() {
        keeper.permit(clock.now().plus(TTL));
        keeper.acquired(lock, keeper.moment(), TTL);
        assertEquals(clock.now().plus(Duration.ofSeconds(3)), keeper.poll(clock.now()));
    }
}
