package io.matriarch.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.ha.Rule;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Things that happen to clusters, told one at a time. Invariants are checked after every event here too. */
class StoriesTest {

    @BeforeAll
    static void quiet() {
        Quiet.loop();
    }

    @Test
    void aSwitchoverLosesNothingAndIsShort() {
        try (Story story = new Story(1)) {
            Host candidate = story.replicas().get(0);
            story.nemesis().operator().switchover(Optional.of(candidate.name()));
            story.isPrimary(candidate);
            story.whole(20);
            assertEquals(0, story.world().lostCommits());
            assertTrue(story.gap() < 2.5, "the gap is short");
        }
    }

    @Test
    void aLostNodeIsReplacedAndComesBackAsAReplica() {
        try (Story story = new Story(2)) {
            Host lost = story.primary();
            story.world().crash(lost);
            story.until("another primary", 8, () -> !story.world().locks().isHeldBy(lost.name())
                    && story.world().locks().current().isPresent() && story.primary().server().get().acceptsWrites());
            story.world().boot(lost);
            story.whole(30);
            assertNotEquals(lost, story.primary());
        }
    }

    @Test
    void aKilledAgentAdoptsItsRunningPrimary() {
        try (Story story = new Story(3)) {
            Host host = story.primary();
            long started = host.server().orElseThrow().startedAt();
            story.world().killAgent(host);
            story.pass(0.2);
            story.world().startAgent(host);
            story.pass(10);
            story.whole(10);
            assertSame(host, story.primary());
            assertEquals(started, host.server().orElseThrow().startedAt(), "PostgreSQL was not restarted");
            assertTrue(story.gap() < 0.5, "commits went on");
        }
    }

    @Test
    void anIsolatedPrimaryIsDeadBeforeAnotherIsMade() {
        try (Story story = new Story(4)) {
            Host isolated = story.primary();
            story.nemesis().isolate(isolated, 40 * Options.SECOND);
            story.until("the end of the isolated primary", 3, () -> !isolated.server().orElseThrow().mayWrite());
            assertTrue(story.world().locks().isHeldBy(isolated.name()), story::journal);
            story.until("another primary", 10, () -> story.world().locks().current()
                    .filter(grant -> !grant.holder().equals(isolated.name())).isPresent());
            story.pass(40);
            story.whole(30);
        }
    }

    @Test
    void withoutAMajorityNobodyWritesAndThenTheClusterHeals() {
        try (Story story = new Story(5)) {
            Host primary = story.primary();
            story.replicas().forEach(story.world()::killAgent);
            story.until("the end of the primary", 5, () -> !primary.server().orElseThrow().mayWrite());
            story.pass(20);
            assertFalse(story.world().databases().stream().anyMatch(h -> h.server().get().acceptsWrites()));
            story.world().databases().forEach(story.world()::startAgent);
            story.whole(30);
        }
    }

    @Test
    void aCandidateThatDiesWithTheLockInItsHandsIsReplaced() {
        try (Story story = new Story(6)) {
            Host candidate = story.replicas().get(1);
            story.nemesis().operator().switchover(Optional.of(candidate.name()));
            story.until("the hand-over", 10, () -> story.world().locks().isHeldBy(candidate.name()));
            story.world().crash(candidate);
            story.until("another holder", 15, () -> story.world().locks().current()
                    .filter(grant -> !grant.holder().equals(candidate.name())).isPresent());
            story.isPrimary(story.primary());
            story.world().boot(candidate);
            story.whole(60);
        }
    }

    @Test
    void aPowerCutOfAllLosesNothing() {
        try (Story story = new Story(7)) {
            story.world().databases().forEach(story.world()::crash);
            story.pass(5);
            story.world().databases().forEach(story.world()::boot);
            story.whole(60);
            assertEquals(0, story.world().lostCommits());
        }
    }

    @Test
    void aCrashedPostmasterIsStartedInPlace() {
        try (Story story = new Story(8)) {
            Host primary = story.primary();
            primary.server().orElseThrow().crash(true);
            story.isPrimary(primary);
            story.whole(20);
            assertSame(primary, story.primary(), story::journal);
            assertEquals(1, story.world().locks().grants());
        }
    }

    @Test
    void aChangeOfTheRaftLeaderGoesUnnoticed() {
        try (Story story = new Story(9)) {
            for (int i = 0; i < 10; i++) {
                story.world().raft().changeLeader();
                story.pass(20);
            }
            assertEquals(1, story.world().locks().grants());
            assertTrue(story.gap() < 0.3, "commits went on");
        }
    }

    @Test
    void theGuardEndsThePrimaryOfAFrozenAgentBeforeAnotherIsMade() {
        try (Story story = new Story(10)) {
            Host frozen = story.primary();
            story.world().freezeAgent(frozen, 10 * Options.SECOND);
            story.until("the end of the old primary", 3, () -> !frozen.server().orElseThrow().mayWrite());
            assertTrue(story.world().locks().isHeldBy(frozen.name()), story::journal);
            story.until("another holder", 8, () -> story.world().locks().current()
                    .filter(grant -> !grant.holder().equals(frozen.name())).isPresent());
            story.whole(60);
            assertEquals(1, story.world().tally().of("servers ended by the guard"));
        }
    }

    @Test
    void afterAFreezeOfTheWholeMachineTheOldPrimaryCommitsForFiftyMillisecondsAtMost() {
        try (Story story = new Story(12)) {
            Host frozen = story.primary();
            story.nemesis().freezeMachine(frozen, 10 * Options.SECOND);
            story.until("another holder", 8, () -> story.world().locks().current()
                    .filter(grant -> !grant.holder().equals(frozen.name())).isPresent());
            story.isPrimary(story.primary());
            story.until("the end of the old primary", 10.1, () -> !frozen.server().orElseThrow().mayWrite());
            story.whole(60);
        }
    }

    @Test
    void aPrimaryWhoseGuardIsKilledComesBackInPlaceUnderANewOne() {
        try (Story story = new Story(13)) {
            Host primary = story.primary();
            primary.server().flatMap(PgServer::guard).orElseThrow().kill(true);
            story.pass(0.1);
            story.isPrimary(primary);
            story.whole(20);
            assertEquals(1, story.world().locks().grants());
            assertTrue(primary.server().flatMap(PgServer::guard).orElseThrow().isArmed());
        }
    }

    @Test
    void aWitnessAndOneOfTwoServersAreEnough() {
        Options two = new Options(2, 1, 0.01, Options.MILLI, java.util.Set.of(), 3_600 * Options.SECOND,
                100 * Options.MILLI, Options.quiet().store(), Options.quiet().server(), Options.quiet().settings());
        try (Story story = new Story(11, two)) {
            Host lost = story.primary();
            story.world().crash(lost);
            story.isPrimary(story.replicas().get(0));
            assertTrue(story.world().journal().rules().containsKey(Rule.PROMOTE));
            story.world().boot(lost);
            story.whole(60);
        }
    }
}
