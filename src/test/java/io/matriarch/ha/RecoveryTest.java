package io.matriarch.ha;

import static io.matriarch.ha.Situation.A;
import static io.matriarch.ha.Situation.B;
import static io.matriarch.ha.Situation.C;
import static io.matriarch.ha.Situation.NOW;
import static io.matriarch.ha.Situation.replicaAt;
import static io.matriarch.ha.Situation.stopped;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.SyncState;
import io.matriarch.ha.HaMemory.Purpose;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** When the start of a crashed primary in place is given up for a failover. */
class RecoveryTest {

    private static final String GIVEN_UP = "Fence CancelOperation ReleaseLeaderLock";

    /** The primary under the lock crashed so long ago and is being started; the voters, and how many may lack a commit. */
    private static Situation starting(int seconds, int quorum, MemberName... voters) {
        Situation s = Situation.leading().postgres(stopped(PostgresRole.PRIMARY, "in production", false))
                .running(new Operation.StartPrimary(Duration.ofSeconds(300))).asked(Purpose.GIVE_UP);
        s.memory = s.memory.withTroubleSince(Optional.of(NOW.plus(Duration.ofSeconds(-seconds))));
        s.sync = Optional.of(new SyncState(Optional.of(A), quorum, Set.of(voters), new Revision(7)));
        return s;
    }

    private static Situation answeredBy(Situation situation, MemberName... names) {
        for (MemberName name : names) {
            situation.answer(name, replicaAt(5000));
        }
        return situation;
    }

    private static Situation with(Situation situation, Map<String, Object> config) {
        situation.config = config;
        return situation;
    }

    private static DynamicTest on(String name, Situation situation, Rule rule, String effects) {
        return DynamicTest.dynamicTest(name, () -> {
            Decision decision = situation.decision();
            assertEquals(rule + " [" + effects + "]", decision.rule() + " [" + DeciderTest.told(decision) + "]");
        });
    }

    @TestFactory
    Stream<DynamicTest> aStartThatTakesLongIsGivenUpForAMemberWithEveryCommit() {
        Situation asking = starting(6, 0, B);
        asking.memory = asking.memory.withAsked(Optional.empty());
        Situation async = answeredBy(starting(6, 0, B), B);
        async.sync = Optional.empty();
        Situation ofAnother = answeredBy(starting(6, 0, B), B);
        ofAnother.sync = Optional.of(new SyncState(Optional.of(B), 0, Set.of(B), new Revision(7)));
        return Stream.of(
                on("long enough", answeredBy(starting(6, 0, B), B), Rule.GIVE_UP_START, GIVEN_UP),
                on("not long yet", answeredBy(starting(4, 0, B), B), Rule.TASK_RUNS, ""),
                on("the others are asked first", asking, Rule.GIVE_UP_ASKS, "AskPeers"),
                on("the voter does not answer", answeredBy(starting(6, 0, B), C), Rule.TASK_RUNS, ""),
                on("one of two voters, and one may lack a commit", answeredBy(starting(6, 1, B, C), B), Rule.TASK_RUNS, ""),
                on("both voters, and one may lack a commit", answeredBy(starting(6, 1, B, C), B, C), Rule.GIVE_UP_START,
                        GIVEN_UP),
                on("nobody is known to have every commit", async, Rule.TASK_RUNS, ""),
                on("the voters are those of another primary", ofAnother, Rule.TASK_RUNS, ""),
                on("the operator has said how long", with(answeredBy(starting(6, 0, B), B),
                        Map.of("ttl", 30, "primary_start_timeout", 300)), Rule.TASK_RUNS, ""),
                on("the operator has said how long, and it is over, whatever the start began with",
                        with(answeredBy(starting(301, 0, B), B), Map.of("ttl", 30, "primary_start_timeout", 300)),
                        Rule.GIVE_UP_START, GIVEN_UP),
                on("the operator has said so under the old name", with(answeredBy(starting(6, 0, B), B),
                        Map.of("ttl", 30, "master_start_timeout", 300)), Rule.TASK_RUNS, ""));
    }
}
