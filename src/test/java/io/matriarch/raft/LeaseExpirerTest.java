package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.store.Command;
import io.matriarch.store.LeaseState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** When the end of a lease is proposed; time is moved by hand. */
class LeaseExpirerTest {

    private final LeaseClock leases = new LeaseClock();
    private final List<Command.LeaseExpire> proposed = new ArrayList<>();
    private boolean leading = true;
    private long now = 1_000_000_000_000L;
    private final LeaseExpirer expirer = new LeaseExpirer(leases, () -> leading, proposed::add, () -> now);

    @Test
    void aLeaseThatRanOutIsProposedWithTheSequenceSeen() {
        leases.note(lease(1, 1000, 4), now);
        run(950);
        assertEquals(List.of(), proposed);
        run(100);
        assertEquals(List.of(new Command.LeaseExpire(1, 4)), proposed);
    }

    @Test
    void aRenewalMovesTheEnd() {
        leases.note(lease(1, 1000, 0), now);
        run(800);
        leases.note(lease(1, 1000, 1), now);
        run(900);
        assertEquals(List.of(), proposed);
        run(200);
        assertEquals(List.of(new Command.LeaseExpire(1, 1)), proposed);
    }

    @Test
    void aGrantThatIsRepeatedDoesNotMoveTheEnd() {
        leases.note(lease(1, 1000, 0), now);
        run(800);
        leases.reconcile(List.of(lease(1, 1000, 0)), now);
        run(300);
        assertEquals(1, proposed.size());
    }

    @Test
    void onlyTheRaftLeaderProposes() {
        leading = false;
        leases.note(lease(1, 1000, 0), now);
        run(3000);
        assertEquals(List.of(), proposed);
    }

    @Test
    void aNewRaftLeaderDoesNotRestartTheLease() {
        leading = false;
        leases.note(lease(1, 1000, 0), now);
        run(1500);
        leading = true;
        expirer.wake();
        run(10);
        assertEquals(1, proposed.size());
    }

    @Test
    void afterAStallOfItsOwnItWaitsForOneRenewalMore() {
        leases.note(lease(1, 1000, 0), now);
        run(500);
        now += Duration.ofMillis(700).toNanos();
        run(450);
        assertEquals(List.of(), proposed);
        run(200);
        assertEquals(1, proposed.size());
    }

    @Test
    void aRenewalThatWasWaitingDuringTheStallSavesTheLease() {
        leases.note(lease(1, 1000, 0), now);
        run(500);
        now += Duration.ofMillis(700).toNanos();
        run(10);
        leases.note(lease(1, 1000, 1), now);
        run(800);
        assertEquals(List.of(), proposed);
    }

    @Test
    void aProposalThatCameToNothingIsRepeated() {
        leases.note(lease(1, 1000, 0), now);
        run(1200);
        assertEquals(1, proposed.size());
        run(600);
        assertEquals(2, proposed.size());
    }

    @Test
    void afterARestartEveryLeaseStartsAnew() {
        leases.note(lease(1, 1000, 3), now);
        run(900);
        leases.restart(List.of(lease(1, 1000, 3)), now);
        run(900);
        assertEquals(List.of(), proposed);
        run(200);
        assertEquals(1, proposed.size());
    }

    @Test
    void aLeaseThatEndedIsForgotten() {
        leases.note(lease(1, 1000, 0), now);
        leases.reconcile(List.of(), now);
        run(2000);
        assertEquals(List.of(), proposed);
    }

    @Test
    void aShortStallNearTheEndIsNoticed() {
        leases.note(lease(1, 2500, 0), now);
        run(2300);
        now += Duration.ofMillis(350).toNanos();
        run(300);
        assertEquals(List.of(), proposed);
        run(300);
        assertEquals(1, proposed.size());
    }

    @Test
    void itSleepsLongWhileNothingIsAboutToEnd() {
        leases.note(lease(1, 30_000, 0), now);
        assertTrue(expirer.step(now) >= Duration.ofMillis(400).toNanos());
        leading = false;
        assertTrue(expirer.step(now) >= Duration.ofMillis(400).toNanos());
    }

    /** Steps as the thread would, on time. */
    private void run(long millis) {
        long end = now + Duration.ofMillis(millis).toNanos();
        while (now - end < 0) {
            long wait = expirer.step(now);
            now += Math.min(wait, end - now);
        }
    }

    private static LeaseState lease(long id, long ttl, long sequence) {
        return new LeaseState(id, ttl, sequence, 0, new TreeSet<>());
    }
}
