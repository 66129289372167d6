package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Applied;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What comes at the same time shares an entry of the log, and each still gets its own answer. */
class BatchesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Threads threads = new Threads();
    private final List<byte[]> entries = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<Answer>> answers = new CopyOnWriteArrayList<>();
    private final Store store = StoreMachine.emptyStore();
    private final Target target = new Target() {
        @Override
        public HostPort address() {
            return new HostPort("a", 1);
        }

        @Override
        public CompletableFuture<Answer> propose(Call call, Duration timeout) {
            entries.add(call.command());
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
        }
    };
    private final Batches batches = new Batches(new Proposer(new Route() {
        @Override
        public Optional<Target> leader() {
            return Optional.of(target);
        }

        @Override
        public List<Target> all() {
            return List.of(target);
        }

        @Override
        public Target at(HostPort address) {
            return target;
        }
    }, threads.timer(), threads.replies()));

    @AfterEach
    void stop() {
        threads.close();
    }

    private CompletableFuture<Outcome> put(int number, Duration timeout) {
        return batches.propose(CommandCodec.encode(new Command.Put(Bytes.of("k" + number), Bytes.of("v"), 0, false)), timeout);
    }

    /** Applies an entry as the log does, and answers its call. */
    private void commit(int entry) {
        byte[] bytes = entries.get(entry);
        StoreMachine.Reply reply;
        if (BatchCodec.isBatch(bytes)) {
            List<Applied> applied = new ArrayList<>();
            BatchCodec.decode(bytes).forEach(command -> applied.add(store.apply(entry, 0, CommandCodec.decode(command))));
            reply = StoreMachine.Reply.of(applied);
        } else {
            reply = StoreMachine.Reply.of(store.apply(entry, 0, CommandCodec.decode(bytes)).result());
        }
        answers.get(entry).complete(new Answer.Done(entry, reply.encode()));
    }

    private static long revision(CompletableFuture<Outcome> future) {
        Outcome.Done done = assertInstanceOf(Outcome.Done.class, future.join());
        return assertInstanceOf(Result.PutResult.class, done.applied().result()).revision();
    }

    private void awaitEntries(int count) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (entries.size() < count && System.nanoTime() - deadline < 0) {
            Thread.sleep(5);
        }
        assertEquals(count, entries.size());
    }

    @Test
    void whatComesAloneIsSentAtOnceAsItIs() {
        CompletableFuture<Outcome> first = put(0, PATIENCE);
        CompletableFuture<Outcome> second = put(1, PATIENCE);
        assertEquals(2, entries.size());
        assertFalse(BatchCodec.isBatch(entries.get(0)));
        commit(0);
        commit(1);
        assertEquals(List.of(2L, 3L), List.of(revision(first), revision(second)));
    }

    @Test
    void whatComesMeanwhileSharesAnEntryInTheOrderItCame() throws InterruptedException {
        List<CompletableFuture<Outcome>> puts = IntStream.range(0, 20).mapToObj(i -> put(i, PATIENCE)).toList();
        assertEquals(2, entries.size());
        commit(0);
        commit(1);
        awaitEntries(3);
        assertEquals(18, BatchCodec.decode(entries.get(2)).size());
        commit(2);
        for (int i = 0; i < 20; i++) {
            assertEquals(2 + i, revision(puts.get(i)), "put " + i);
        }
    }

    @Test
    void oneThatIsRefusedLeavesTheOthersAlone() throws InterruptedException {
        put(0, PATIENCE);
        put(1, PATIENCE);
        CompletableFuture<Outcome> bad = batches.propose(CommandCodec.encode(new Command.LeaseRevoke(77)), PATIENCE);
        CompletableFuture<Outcome> good = put(2, PATIENCE);
        commit(0);
        commit(1);
        awaitEntries(3);
        commit(2);
        assertInstanceOf(Result.ErrorResult.class, assertInstanceOf(Outcome.Done.class, bad.join()).applied().result());
        assertEquals(4, revision(good));
    }

    @Test
    void oneThatGaveUpBeforeItWasSentIsNeverSent() throws InterruptedException {
        put(0, PATIENCE);
        put(1, PATIENCE);
        CompletableFuture<Outcome> gone = put(2, Duration.ofMillis(1));
        assertInstanceOf(Outcome.Unknown.class, gone.join());
        CompletableFuture<Outcome> stays = put(3, PATIENCE);
        commit(0);
        commit(1);
        awaitEntries(3);
        commit(2);
        revision(stays);
        assertEquals(new Result.RangeResult(4, List.of(), false, 0), store.range(RangeRequest.of(Bytes.of("k2"), Bytes.EMPTY)));
    }

    @Test
    void whatWasAppliedByALostAttemptIsUnknownToAll() throws InterruptedException {
        put(0, PATIENCE);
        put(1, PATIENCE);
        List<CompletableFuture<Outcome>> puts = List.of(put(2, PATIENCE), put(3, PATIENCE));
        commit(0);
        commit(1);
        awaitEntries(3);
        answers.get(2).complete(new Answer.Done(2, StoreMachine.Reply.repeated().encode()));
        puts.forEach(put -> assertInstanceOf(Outcome.Unknown.class, put.join()));
    }
}
