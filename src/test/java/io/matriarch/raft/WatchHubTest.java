package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.matriarch.dcs.ReplicatedStore;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.Event;
import io.matriarch.store.Store;
import io.matriarch.store.StoreLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What watchers are told. */
class WatchHubTest {

    private final Threads threads = new Threads();
    private final WatchHub hub = new WatchHub(threads.watches());
    private final AppliedState state = new AppliedState(new Store(new StoreLimits(1 << 20, 128, 1 << 20, 50)),
            hub::changed);
    private long index;

    WatchHubTest() {
        hub.attach(state);
    }

    @AfterEach
    void stop() {
        threads.close();
    }

    @Test
    void fromTheNextChangeOn() {
        put("a/1");
        Seen seen = watch("a/", 0);
        long first = put("a/2");
        seen.await(first);
        assertEquals(List.of(first), seen.revisions);
    }

    @Test
    void fromARetainedRevisionOn() {
        long first = put("a/1");
        long second = put("a/2");
        Seen seen = watch("a/", first);
        seen.await(second);
        assertEquals(List.of(first, second), seen.revisions);
    }

    @Test
    void fromARevisionToComeOn() {
        Seen seen = watch("a/", state.revision() + 3);
        put("a/1");
        put("a/2");
        long third = put("a/3");
        seen.await(third);
        assertEquals(List.of(third), seen.revisions);
    }

    @Test
    void otherKeysAreNotTold() {
        Seen seen = watch("a/", 0);
        put("b/1");
        long mine = put("a/1");
        seen.await(mine);
        assertEquals(List.of(mine), seen.revisions);
    }

    @Test
    void aSlowWatcherMissesNothingThatIsRetained() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        Seen slow = new Seen(held);
        hub.watch(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, slow);
        long first = put("a/0");
        for (int i = 1; i < 30; i++) {
            put("a/" + i);
        }
        held.countDown();
        slow.await(first + 29);
        assertEquals(LongStream.range(first, first + 30).boxed().toList(), slow.revisions);
    }

    @Test
    void aWatcherTooSlowIsToldOfTheGap() {
        CountDownLatch held = new CountDownLatch(1);
        Seen slow = new Seen(held);
        hub.watch(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, slow);
        put("a/0");
        for (int i = 1; i < 300; i++) {
            put("a/" + i);
        }
        held.countDown();
        TestPeers.await("the gap is told", () -> slow.compacted.size() == 1);
        assertTrue(slow.revisions.stream().allMatch(seen -> seen < slow.compacted.get(0)), "nothing is told twice");
    }

    @Test
    void aSlowWatcherDoesNotHoldUpAnother() {
        CountDownLatch held = new CountDownLatch(1);
        hub.watch(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, new Seen(held));
        Seen quick = watch("a/", 0);
        quick.await(put("a/1"));
        held.countDown();
    }

    @Test
    void aWatcherThatThrowsGoesOn() {
        List<Long> seen = new CopyOnWriteArrayList<>();
        hub.watch(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, new ReplicatedStore.WatchListener() {
            @Override
            public void changed(long revision, List<Event> events) {
                seen.add(revision);
                if (seen.size() == 1) {
                    throw new IllegalStateException("thrown by the test");
                }
            }

            @Override
            public void compacted(long compactRevision) {
                seen.add(-1L);
            }
        });
        put("a/1");
        put("a/2");
        TestPeers.await("both changes", () -> seen.size() == 2);
    }

    @Test
    void aClosedWatchIsToldNothing() {
        Seen seen = new Seen(new CountDownLatch(0));
        hub.watch(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, seen).close();
        Seen other = watch("a/", 0);
        other.await(put("a/1"));
        assertEquals(List.of(), seen.revisions);
    }

    @Test
    void onceGivesTheNextChangeAndWhereToGoOn() {
        CompletableFuture<WatchBatch> batch = hub.once(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0, TestPeers.LONG);
        put("b/1");
        long mine = put("a/1");
        assertEquals(mine + 1, batch.join().next());
        assertEquals(1, batch.join().events().size());
    }

    @Test
    void onceWithoutAChangeGoesOnBehindWhatItHasSeen() {
        CompletableFuture<WatchBatch> batch = hub.once(Bytes.of("a/"), Bytes.of("a/").prefixEnd(), 0,
                Duration.ofMillis(200));
        long other = put("b/1");
        assertEquals(List.of(), batch.join().events());
        assertEquals(other + 1, batch.join().next());
    }

    private Seen watch(String prefix, long start) {
        Seen seen = new Seen(new CountDownLatch(0));
        hub.watch(Bytes.of(prefix), Bytes.of(prefix).prefixEnd(), start, seen);
        return seen;
    }

    private long put(String key) {
        state.apply(++index, 0, List.of(new Command.Put(Bytes.of(key), Bytes.of("v"), 0, false)));
        return state.revision();
    }

    private static final class Seen implements ReplicatedStore.WatchListener {

        private final CountDownLatch held;
        private final List<Long> revisions = new CopyOnWriteArrayList<>();
        private final List<Long> compacted = new CopyOnWriteArrayList<>();

        Seen(CountDownLatch held) {
            this.held = held;
        }

        @Override
        public void changed(long revision, List<Event> events) {
            try {
                assertTrue(held.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            revisions.add(revision);
        }

        @Override
        public void compacted(long compactRevision) {
            compacted.add(compactRevision);
        }

        void await(long revision) {
            TestPeers.await("revision " + revision, () -> revisions.contains(revision));
        }
    }
}
