package io.matriarch.ha;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A write of the sync key without an answer may come into effect late: before anything rests on the key it is written again. */
class UnsureSyncKeyTest {

    private static final SyncState KEY = new SyncState(Optional.of(Situation.A), 0, Set.of(), new Revision(8));

    private static Situation synchronous() {
        Situation s = Situation.leading();
        s.settings = new HaSettings(s.settings.me(), s.settings.loopWait(), s.settings.ttl(), s.settings.retryTimeout(),
                s.settings.leaderLease(), 1_048_576, s.settings.primaryStartTimeout(), s.settings.pgCtlTimeout(), false, true,
                true, false, 1, false, Optional.empty(), s.settings.initialConfig(),
                new SyncSettings(SyncSettings.Mode.PRIORITY, false, 1, -1));
        s.sync = Optional.of(KEY);
        s.postgres = s.postgres.withSync(new StandbyNames("b", "b", true), Revision.ABSENT);
        return s;
    }

    @Test
    void theKeyIsWrittenAsItIsBeforeTheNamesShrink() {
        Situation s = synchronous();
        Effect.WriteSync widen = new Effect.WriteSync(new SyncState(Optional.of(Situation.A), 0, Set.of(Situation.B),
                Revision.ABSENT), KEY.modified());
        s.memory = s.memory.interrupted(List.of(widen));
        assertTrue(s.memory.sync().unsure());
        Decision decision = s.decision();
        assertEquals(List.of(new Effect.WriteSync(KEY, KEY.modified())), decision.effects());
        assertFalse(decision.memory().sync().unsure(), "written, and seen to be");
        assertTrue(decision.memory().interrupted(decision.effects()).sync().unsure(), "tried again otherwise");
    }

    @Test
    void whenEveryWriteWasAnsweredNothingIsWrittenTwice() {
        Situation s = synchronous();
        assertTrue(s.decision().effects().stream().noneMatch(effect -> effect instanceof Effect.WriteSync));
    }

    @Test
    void anAgentThatHasJustStartedDoesNotKnowWhatItsPredecessorWrote() {
        Situation s = synchronous();
        s.memory = s.memory.withSync(SyncMemory.NONE);
        assertEquals(List.of(new Effect.WriteSync(KEY, KEY.modified())), s.decision().effects());
    }
}
