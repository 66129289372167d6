package io.matriarch.ha;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One safe step at a time: the sync key never promises more than the commits keep. */
class SyncReplicationTest {

    private static final MemberName A = new MemberName("a");

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            b                        | b          | any false 1 b
            2 (b,c)                  | 2 (b,c)    | any false 2 bc
            FIRST 1 (b, c)           | 1 (b,c)    | any false 1 bc
            ANY 2 (b,c,d)            | ANY 2 (b,c,d) | any true 2 bcd
            any 1("b")               | ANY 1 (b)  | any true 1 b
            "first"                  | "first"    | any false 1 first
            b, c                     | 1 (b,c)    | any false 1 bc
            "node-1"                 | "node-1"   | any false 1 node-1
            "a ""b"" c"              | "a ""b"" c" | any false 1 a "b" c
            """, quoteCharacter = '\u0001')
    void valuesAreReadAndWritten(String text, String written, String meaning) {
        StandbyRule rule = StandbyRule.parse(text);
        assertEquals(written, rule.text());
        assertEquals(meaning, "any " + rule.any() + " " + rule.number() + " "
                + rule.names().stream().map(MemberName::value).collect(Collectors.joining()));
    }

    @Test
    void nothingIsNothing() {
        assertEquals(StandbyRule.NONE, StandbyRule.parse(""));
        assertEquals(StandbyRule.NONE, StandbyRule.any(0, Set.of(A)));
        assertEquals("", StandbyRule.NONE.text());
        assertEquals(Set.of(), StandbyRule.all(Set.of(StandbyRule.PLACEHOLDER)).members());
    }

    /** Members are single letters, {@code -} is nobody, {@code 0} is no key. */
    @ParameterizedTest(name = "key {0}, names {1}, picked {2}, confirmed {3}")
    @CsvSource(delimiter = '|', textBlock = """
            0    | -  | b  | -  | key -
            -    | -  | b  | -  | names b
            -    | b  | b  | -  | done
            -    | b  | b  | b  | key b
            b    | b  | b  | b  | done
            b    | b  | b  | -  | done
            b    | b  | c  | -  | key -
            -    | b  | c  | -  | names c
            b    | b  | -  | -  | key -
            -    | b  | -  | -  | names -
            b    | b  | bc | b  | names bc
            b    | bc | bc | b  | done
            b    | bc | bc | bc | key bc
            bc   | bc | bd | b  | key b
            b    | bc | bd | b  | names bd
            bc   | bc | b  | bc | key b
            b    | c  | b  | -  | key -
            """)
    void priority(String key, String names, String picked, String confirmed, String step) {
        Optional<SyncState> state = key.equals("0") ? Optional.empty()
                : Optional.of(new SyncState(Optional.of(A), 0, members(key), new Revision(3)));
        Optional<SyncStep> found = PrioritySteps.next(A, state, StandbyRule.all(members(names)), members(picked), members(confirmed));
        assertEquals(step, found.map(SyncReplicationTest::told).orElse("done"));
    }

    private static String told(SyncStep step) {
        return step instanceof SyncStep.Key key ? "key " + letters(key.voters())
                : "names " + letters(((SyncStep.Names) step).rule().names());
    }

    private static Set<MemberName> members(String letters) {
        return letters.equals("-") ? Set.of()
                : letters.chars().mapToObj(c -> new MemberName(String.valueOf((char) c))).collect(Collectors.toSet());
    }

    private static String letters(Set<MemberName> members) {
        return members.isEmpty() ? "-" : new TreeSet<>(members).stream().map(MemberName::value).collect(Collectors.joining());
    }

    @Test
    void noStepBreaksThePromiseAndTheWayEnds() {
        List<String> sets = List.of("-", "b", "c", "d", "bc", "bd", "cd", "bcd");
        for (String key : sets) {
            for (String names : sets) {
                SyncState state = new SyncState(Optional.of(A), 0, members(key), new Revision(3));
                if (StandbyRule.all(members(names)).keeps(state, A)) {
                    for (String picked : sets) {
                        follow(state, StandbyRule.all(members(names)), members(picked));
                    }
                }
            }
        }
    }

    private static void follow(SyncState begin, StandbyRule beginRule, Set<MemberName> picked) {
        SyncState key = begin;
        StandbyRule rule = beginRule;
        List<String> way = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Set<MemberName> confirmed = new TreeSet<>(rule.members());
            confirmed.retainAll(picked);
            Optional<SyncStep> step = PrioritySteps.next(A, Optional.of(key), rule, picked, confirmed);
            if (step.isEmpty()) {
                break;
            }
            way.add(told(step.get()));
            if (step.get() instanceof SyncStep.Key k) {
                key = k.state();
            } else {
                rule = ((SyncStep.Names) step.get()).rule();
            }
            assertTrue(rule.keeps(key, A), () -> begin + " " + beginRule + ": " + way);
        }
        assertEquals(picked, key.standbys(), () -> begin + " " + beginRule + ": " + way);
        assertEquals(picked, rule.names());
    }

    @Test
    void theModesOfTheConfigKey() {
        assertEquals(SyncSettings.Mode.OFF, SettingsMerge.sync(Map.of()).mode());
        assertEquals(SyncSettings.Mode.OFF, SettingsMerge.sync(Map.of("synchronous_mode", false)).mode());
        assertEquals(SyncSettings.Mode.PRIORITY, SettingsMerge.sync(Map.of("synchronous_mode", true)).mode());
        assertEquals(SyncSettings.Mode.PRIORITY, SettingsMerge.sync(Map.of("synchronous_mode", "on")).mode());
        assertEquals(new SyncSettings(SyncSettings.Mode.QUORUM, true, 2, 1000), SettingsMerge.sync(Map.of("synchronous_mode",
                "Quorum", "synchronous_mode_strict", true, "synchronous_node_count", 2, "maximum_lag_on_syncnode", 1000)));
    }

    private static Situation primary(SyncSettings settings, String names, String... streaming) {
        Situation s = Situation.leading().synchronous(settings, A, 0).names(names);
        List<PostgresStatus.Replica> rows = new ArrayList<>();
        for (String name : streaming) {
            rows.add(new PostgresStatus.Replica("r", name, Optional.empty(), "streaming", "async", 0, new Lsn(5000),
                    new Lsn(5000), new Lsn(5000)));
        }
        PostgresStatus p = s.postgres;
        s.postgres = new PostgresStatus(p.dataDirectory(), p.systemIdentifier(), p.state(), p.mayWrite(), p.alive(),
                p.connectable(), p.role(), p.timeline(), p.flushed(), p.received(), p.replayed(), p.replayedTimestamp(),
                p.replayPaused(), p.control(), p.receiver(), rows, p.following(), p.slots(), p.startTime(),
                p.pendingRestart(), p.serverVersion()).withSync(p.standbyNames(), p.cutEpoch());
        return s;
    }

    private static List<Effect> effects(Situation s) {
        return s.decision().effects();
    }

    private static final SyncSettings SYNC = new SyncSettings(SyncSettings.Mode.PRIORITY, false, 1, -1);

    @Test
    void whoIsChosen() {
        assertEquals(List.of(new Effect.SetStandbyNames("b")), effects(primary(SYNC, "", "b", "c")));
        assertEquals(List.of(new Effect.SetStandbyNames("c")), effects(primary(SYNC, "", "b", "c")
                .member(Situation.B, io.matriarch.cluster.PostgresRole.REPLICA, Map.of("nosync", true))));
        assertEquals(List.of(new Effect.SetStandbyNames("c")), effects(primary(SYNC, "", "b", "c")
                .member(Situation.C, io.matriarch.cluster.PostgresRole.REPLICA, Map.of("sync_priority", 2))));
        assertEquals(List.of(new Effect.SetStandbyNames("c")), effects(primary(SYNC, "", "b", "c")
                .member(Situation.B, io.matriarch.cluster.PostgresRole.REPLICA, Map.of("nofailover", true))));
        assertEquals(List.of(new Effect.SetStandbyNames("2 (b,c)")),
                effects(primary(new SyncSettings(SyncSettings.Mode.PRIORITY, false, 2, -1), "", "b", "c")));
        assertEquals(List.of(new Effect.SetStandbyNames("ANY 1 (b,c)")),
                effects(primary(new SyncSettings(SyncSettings.Mode.QUORUM, false, 1, -1), "", "b", "c")));
        assertEquals(List.of(), effects(primary(SYNC, "", "stranger")));
    }

    @Test
    void strictlyCommitsWaitForSomebodyToCome() {
        SyncSettings strict = new SyncSettings(SyncSettings.Mode.PRIORITY, true, 1, -1);
        Decision decision = primary(strict, "").decision();
        assertEquals(List.of(new Effect.SetStandbyNames("__patroni_strict_sync_replica_placeholder__")), decision.effects());
        assertTrue(decision.notes().get(0).text().startsWith("No active replication connections from Patroni members"));
    }

    @Test
    void withTheModeOffTheUsersOwnValueIsNotTouched() {
        Situation own = primary(SyncSettings.OFF, "", "b");
        own.sync = Optional.empty();
        own.postgres = own.postgres.withSync(new StandbyNames("ANY 1 (*)", "ANY 1 (*)", false), Revision.ABSENT);
        assertEquals(List.of(), effects(own));
        Situation managed = primary(SyncSettings.OFF, "b", "b");
        assertEquals(List.of("ArmGuard", "DeleteSync"), effects(managed).stream().map(e -> e.getClass().getSimpleName()).toList());
        managed.sync = Optional.empty();
        assertEquals(List.of(new Effect.ReleaseStandbyNames()), effects(managed));
    }

    @Test
    void aChangeIsWaitedForUntilItIsInEffect() {
        Situation waiting = primary(SYNC, "", "b");
        waiting.postgres = waiting.postgres.withSync(new StandbyNames("", "b", true), Revision.ABSENT);
        assertEquals(List.of(new Effect.SetStandbyNames("b")), effects(waiting), "and told again");
        Situation foreign = primary(SYNC, "", "b");
        foreign.postgres = foreign.postgres.withSync(new StandbyNames("ANY 1 (*)", "ANY 1 (*)", false), Revision.ABSENT);
        assertEquals(List.of(new Effect.SetStandbyNames("ANY 1 (*)")), effects(foreign), "what is there stays until it is replaced");
    }
}
