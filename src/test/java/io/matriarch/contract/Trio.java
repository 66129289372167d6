package io.matriarch.contract;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.ClusterView;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.cluster.Revision;
import io.matriarch.cluster.Timeline;
import io.matriarch.cluster.TimelineHistory;
import io.matriarch.dcs.Dcs;
import io.matriarch.dcs.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.TestInfo;

/** Three members of one cluster, for the tests of the contract. */
final class Trio implements AutoCloseable {

    static final MemberName A = new MemberName("a");
    static final MemberName B = new MemberName("b");
    static final MemberName C = new MemberName("c");
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final MemberRecord RECORD = new MemberRecord(Optional.of("postgres://127.0.0.1:5432/postgres"),
            Optional.of("http://127.0.0.1:8008/patroni"), "running", PostgresRole.PRIMARY, "4.1.0",
            Optional.of(new Lsn(1 << 24)), Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.of(new Timeline(1)), false, Map.of("clonefrom", true), Map.of());

    private static final int POLLS = 400;
    private static final List<MemberName> NAMES = List.of(A, B, C);

    private final DcsContract contract;
    private final List<Dcs> members;

    private Trio(DcsContract contract, List<Dcs> members) {
        this.contract = contract;
        this.members = members;
    }

    static Trio open(DcsContract contract, TestInfo test) {
        return open(contract, test, "");
    }

    static Trio open(DcsContract contract, TestInfo test, String suffix) {
        String scope = test.getTestMethod().orElseThrow().getName() + suffix;
        return new Trio(contract, List.of(contract.connect(0, scope), contract.connect(1, scope),
                contract.connect(2, scope)));
    }

    Dcs member(int which) {
        return members.get(which);
    }

    ClusterView view() {
        return member(2).view(Duration.ZERO, PATIENCE).orElseGet(() -> fail("the store did not answer"));
    }

    /** A lease that does not run out during a test. */
    Duration longLease() {
        return contract.shortLease().multipliedBy(60);
    }

    LeaseId freshLease() {
        return new LeaseId(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    }

    LeaderLock acquire(int which, Duration duration) {
        LeaseId lease = freshLease();
        MemberName name = NAMES.get(which);
        return new LeaderLock(name, lease, assertApplied(member(which).acquireLock(name, lease, duration, PATIENCE)));
    }

    WriteResult renew(int which, LeaderLock lock, Duration duration) {
        return member(which).renewLock(lock.lease(), new Lsn(1), duration, PATIENCE).join();
    }

    WriteResult publish(int which, LeaseId session, Duration ttl) {
        return member(which).publishMember(NAMES.get(which), RECORD, session, ttl, PATIENCE);
    }

    void await(String what, Predicate<ClusterView> condition) {
        awaitOn(2, Duration.ZERO, what, condition);
    }

    /** Lets time pass until a view fulfils a condition. */
    void awaitOn(int which, Duration maximumAge, String what, Predicate<ClusterView> condition) {
        Duration pause = contract.shortLease().dividedBy(20);
        for (int i = 0; i < POLLS; i++) {
            Optional<ClusterView> view = member(which).view(maximumAge, PATIENCE);
            if (view.isPresent() && condition.test(view.get())) {
                return;
            }
            contract.pass(pause);
        }
        fail("never came: " + what);
    }

    static Revision assertApplied(WriteResult result) {
        return assertInstanceOf(WriteResult.Applied.class, result, () -> String.valueOf(result)).revision();
    }

    static void assertRejected(WriteResult result) {
        assertInstanceOf(WriteResult.Rejected.class, result, () -> String.valueOf(result));
    }

    static ClusterStatus status(long lsn) {
        return new ClusterStatus(new Lsn(lsn), Map.of(), List.of());
    }

    static TimelineHistory history() {
        return new TimelineHistory(true, List.of(new TimelineHistory.Entry(1, new Lsn(25165984),
                "no recovery target specified", Optional.of("2030-01-02T03:04:05.678901+00:00"), Optional.of("b"))));
    }

    @Override
    public void close() {
        members.forEach(Dcs::close);
    }
}
