package io.matriarch.dcs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.cluster.ClusterKeys;
import io.matriarch.cluster.ClusterStatus;
import io.matriarch.cluster.LeaderLock;
import io.matriarch.cluster.LeaseId;
import io.matriarch.cluster.Lsn;
import io.matriarch.cluster.Member.MemberRecord;
import io.matriarch.cluster.MemberName;
import io.matriarch.cluster.PostgresRole;
import io.matriarch.contract.MemoryReplicatedStore;
import io.matriarch.contract.MemoryReplicatedStore.Fault;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.KeyValue;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What happens when the store does not answer, and what exactly is written. */
class StoreDcsTest {

    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final LeaseId ONE = new LeaseId(1);
    private static final LeaseId TWO = new LeaseId(2);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofMillis(20);
    private static final ClusterStatus STATUS = new ClusterStatus(new Lsn(5), Map.of(), List.of());
    private static final MemberRecord RECORD = new MemberRecord(Optional.empty(), Optional.empty(), "running",
            PostgresRole.REPLICA, "4.1.0", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), false, Map.of(), Map.of());

    private final MemoryReplicatedStore store = new MemoryReplicatedStore();
    private final StoreDcs dcs = new StoreDcs(store, ClusterKeys.of("service", "demo"));

    private LeaderLock acquire(MemberName name, LeaseId lease) {
        WriteResult result = dcs.acquireLock(name, lease, LEASE, SOON);
        return new LeaderLock(name, lease, assertInstanceOf(WriteResult.Applied.class, result).revision());
    }

    private Optional<LeaderLock> leader() {
        return dcs.view(Duration.ZERO, SOON).orElseThrow().leader();
    }

    private static void assertUnknown(WriteResult result) {
        assertInstanceOf(WriteResult.Unknown.class, result);
    }

    private static void assertRejected(WriteResult result) {
        assertInstanceOf(WriteResult.Rejected.class, result);
    }

    @Test
    void aLostAcquisitionCanBeRepeated() {
        store.failNext(Fault.LOST);
        assertUnknown(dcs.acquireLock(A, ONE, LEASE, SOON));
        assertEquals(Optional.empty(), leader());
        assertEquals(Optional.of(acquire(A, ONE)), leader());
    }

    @Test
    void anAcquisitionWhoseAnswerWasLostIsFoundWhenRepeated() {
        store.failNext(Fault.ANSWER_LOST);
        assertUnknown(dcs.acquireLock(A, ONE, LEASE, SOON));
        LeaderLock before = leader().orElseThrow();
        assertEquals(before, acquire(A, ONE));
        assertEquals(Optional.of(before), leader());
    }

    @Test
    void aLateAcquisitionDoesNotTakeTheLockFromAnother() {
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.acquireLock(A, ONE, LEASE, SOON));
        LeaderLock lock = acquire(B, TWO);
        store.land();
        assertEquals(Optional.of(lock), leader());
        assertEquals(Optional.empty(), store.lease(ONE.value()), "nor leaves a lease behind");
    }

    @Test
    void aLateAcquisitionThatNobodyRenewsExpires() {
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.acquireLock(A, ONE, LEASE, SOON));
        store.land();
        assertEquals(Optional.of(A), leader().map(LeaderLock::holder));
        store.pass(LEASE);
        assertEquals(Optional.empty(), leader());
    }

    @Test
    void aLateReleaseOrHandOverDoesNothingToTheNextHolder() {
        LeaderLock old = acquire(A, ONE);
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.releaseLock(old, Optional.of(STATUS), SOON));
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.handOverLock(old, new MemberName("c"), new LeaseId(3), LEASE, STATUS, SOON));
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.writeStatus(old, STATUS, SOON));
        store.pass(LEASE);
        LeaderLock now = acquire(B, TWO);
        store.land();
        assertEquals(Optional.of(now), leader());
        assertEquals(ClusterStatus.EMPTY, dcs.view(Duration.ZERO, SOON).orElseThrow().status());
    }

    @Test
    void aLateWithdrawalDoesNotTouchTheClaimOfAnother() {
        dcs.publishMember(A, RECORD, ONE, LEASE, SOON);
        dcs.publishMember(B, RECORD, TWO, LEASE.multipliedBy(10), SOON);
        assertTrue(dcs.claimInitialize(ONE, SOON).isApplied());
        store.failNext(Fault.DELAYED);
        assertUnknown(dcs.withdrawInitialize(SOON));
        store.pass(LEASE);
        StoreDcs other = new StoreDcs(store, ClusterKeys.of("service", "demo"));
        assertTrue(other.claimInitialize(TWO, SOON).isApplied());
        store.land();
        assertEquals(Optional.of(""), dcs.view(Duration.ZERO, SOON).orElseThrow().initialize());
        assertTrue(other.withdrawInitialize(SOON).isApplied());
    }

    @Test
    void aSilentStoreIsUnknownAfterTheTimeout() {
        LeaderLock lock = acquire(A, ONE);
        store.failNext(Fault.SILENT);
        assertUnknown(dcs.writeStatus(lock, STATUS, SOON));
        store.failNext(Fault.SILENT);
        assertEquals(Optional.empty(), dcs.view(Duration.ZERO, SOON));
    }

    @Test
    void anInterruptedCallerStaysInterrupted() {
        store.failNext(Fault.SILENT);
        Thread.currentThread().interrupt();
        assertUnknown(dcs.acquireLock(A, ONE, LEASE, Duration.ofMinutes(1)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aRenewalIsRejectedWhenTheKeyWasTakenAway() {
        LeaderLock lock = acquire(A, ONE);
        store.apply(new Command.Put(Bytes.of("/service/demo/leader"), Bytes.of("b"), 0, false));
        assertRejected(dcs.renewLock(lock.lease(), new Lsn(1), LEASE, SOON).join());
        assertRejected(dcs.writeStatus(lock, STATUS, SOON));
    }

    @Test
    void aRenewalCarriesThePositionAndTheDuration() {
        acquire(A, ONE);
        dcs.renewLock(ONE, new Lsn(4711), LEASE.multipliedBy(3), SOON).join();
        assertEquals(4711, store.lease(1).orElseThrow().position());
        assertEquals(6000, store.lease(1).orElseThrow().ttlMillis());
    }

    @Test
    void anUnknownRenewalIsUnknown() {
        acquire(A, ONE);
        store.failNext(Fault.ANSWER_LOST);
        assertUnknown(dcs.renewLock(ONE, new Lsn(1), LEASE, SOON).join());
        store.failNext(Fault.LOST);
        assertUnknown(dcs.renewSession(ONE, LEASE, SOON).join());
    }

    @Test
    void theLockCannotBeHandedOverOnItsOwnLease() {
        LeaderLock lock = acquire(A, ONE);
        assertRejected(dcs.handOverLock(lock, B, ONE, LEASE, STATUS, SOON));
        assertEquals(Optional.of(lock), leader());
    }

    @Test
    void publishingWithAnotherDurationChangesTheSession() {
        dcs.publishMember(A, RECORD, ONE, LEASE, SOON);
        assertTrue(dcs.publishMember(A, RECORD, ONE, LEASE.multipliedBy(2), SOON).isApplied());
        assertEquals(4000, store.lease(1).orElseThrow().ttlMillis());
    }

    @Test
    void aLocalReadIsTakenOnlyWhileItIsNewEnough() {
        dcs.writeConfig(Map.of("x", 1), Optional.empty(), SOON);
        store.cutOffLocalReads();
        dcs.writeConfig(Map.of("x", 2), Optional.empty(), SOON);
        store.pass(Duration.ofSeconds(1));
        assertEquals(Map.of("x", 1), config(Duration.ofSeconds(1)), "known to be old, and allowed");
        assertEquals(Map.of("x", 2), config(Duration.ofMillis(999)));
        assertEquals(Map.of("x", 2), config(Duration.ZERO));
        store.failNext(Fault.LOST);
        assertEquals(Optional.empty(), dcs.view(Duration.ofMillis(999), SOON));
    }

    private Map<String, Object> config(Duration maximumAge) {
        return dcs.view(maximumAge, SOON).orElseThrow().config().document();
    }

    @Test
    void anUnreadableValueDoesNotHideTheRest() {
        LeaderLock lock = acquire(A, ONE);
        for (String key : List.of("config", "failover", "sync", "status", "history", "failsafe", "members/x")) {
            store.apply(new Command.Put(Bytes.of("/service/demo/" + key), Bytes.of(new byte[] {-1, 0, '{'}), 0, false));
        }
        assertEquals(Optional.of(lock), leader());
    }

    @Test
    void theKeysAreWrittenAsPatroniWritesThem() {
        LeaderLock lock = acquire(A, ONE);
        dcs.writeStatus(lock, STATUS, SOON);
        dcs.writeInitialize("7000", true, SOON);
        dcs.publishMember(A, RECORD, TWO, LEASE, SOON);
        dcs.requestFailover(Optional.empty(), Optional.of(B), Optional.empty(), SOON);
        assertEquals(List.of("/service/demo/failover={\"member\":\"b\"} on 0", "/service/demo/initialize=7000 on 0",
                "/service/demo/leader=a on 1",
                "/service/demo/members/a={\"state\":\"running\",\"role\":\"replica\",\"version\":\"4.1.0\"} on 2",
                "/service/demo/status={\"optime\":5} on 0"), contents());
        dcs.handOverLock(lock, B, new LeaseId(3), LEASE, STATUS, SOON);
        assertEquals("/service/demo/failover={} on 0", contents().get(0), "the key is emptied, not deleted");
        assertEquals("/service/demo/leader=b on 3", contents().get(2));
    }

    @Test
    void aHandOverWithoutRequestLeavesTheFailoverKeyAlone() {
        dcs.handOverLock(acquire(A, ONE), B, TWO, LEASE, STATUS, SOON);
        assertEquals(List.of("/service/demo/leader=b on 2", "/service/demo/status={\"optime\":5} on 0"), contents());
    }

    private List<String> contents() {
        Bytes first = Bytes.of(new byte[] {0});
        ReplicatedStore.Outcome outcome = store.range(RangeRequest.of(first, first),
                ReplicatedStore.Consistency.LINEARIZABLE, SOON).join();
        List<KeyValue> kvs = ((Result.RangeResult) ((ReplicatedStore.Outcome.Done) outcome).applied().result()).kvs();
        return kvs.stream().map(kv -> kv.key() + "=" + kv.value() + " on " + kv.lease()).toList();
    }

    @Test
    void changesAreHintedUntilClosedAndAcrossACompaction() throws Exception {
        AtomicInteger hints = new AtomicInteger();
        AutoCloseable watching = dcs.onChange(hints::incrementAndGet);
        acquire(A, ONE);
        assertEquals(1, hints.get());
        store.apply(new Command.Put(Bytes.of("/service/demo2/leader"), Bytes.of("x"), 0, false));
        assertEquals(1, hints.get(), "another cluster");
        store.compactWatches();
        assertEquals(2, hints.get(), "something may have been missed");
        dcs.writeInitialize("1", true, SOON);
        assertEquals(3, hints.get());
        watching.close();
        dcs.writeInitialize("2", false, SOON);
        assertEquals(3, hints.get());
        assertEquals(0, store.openWatches());
    }

    @Test
    void closingEndsTheWatchesAndLeavesTheStoreOpen() {
        dcs.onChange(() -> { });
        dcs.onChange(() -> { });
        dcs.close();
        assertEquals(0, store.openWatches());
        assertTrue(dcs.writeInitialize("1", true, SOON).isApplied());
    }
}
