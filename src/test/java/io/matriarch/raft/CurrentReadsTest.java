package io.matriarch.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.AuthState;
import io.matriarch.store.Bytes;
import io.matriarch.store.Command;
import io.matriarch.store.RangeRequest;
import io.matriarch.store.Result;
import io.matriarch.store.Store;
import io.matriarch.store.StoreError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Linearizable reads travel together to who leads, and are read here when nobody answers there. */
class CurrentReadsTest implements CurrentReads.Ways {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final CurrentReads reads = new CurrentReads(this);
    private final List<Integer> asked = new ArrayList<>();
    private final List<CompletableFuture<List<Result>>> answers = new ArrayList<>();
    private final List<Integer> readHere = new ArrayList<>();
    private Optional<HostPort> leader = Optional.of(new HostPort("leader", 1));
    private boolean isHere = true;

    @Override
    public Optional<HostPort> leader() {
        return leader;
    }

    @Override
    public CompletableFuture<List<Result>> ask(HostPort at, List<CurrentReads.Read> wanted, Duration timeout) {
        asked.add(wanted.size());
        CompletableFuture<List<Result>> answer = new CompletableFuture<>();
        answers.add(answer);
        return answer;
    }

    @Override
    public CompletableFuture<Optional<List<Result>>> here(List<CurrentReads.Read> wanted, Duration timeout) {
        readHere.add(wanted.size());
        return CompletableFuture.completedFuture(isHere ? Optional.of(results(100, wanted.size())) : Optional.empty());
    }

    private static List<Result> results(int first, int count) {
        return IntStream.range(first, first + count).<Result>mapToObj(i -> new Result.RangeResult(i, List.of(), false, 0)).toList();
    }

    private CompletableFuture<Outcome> read() {
        return reads.read(new CurrentReads.Read("", 0, RangeRequest.of(Bytes.of("a"), Bytes.EMPTY)), PATIENCE);
    }

    private static long revision(CompletableFuture<Outcome> outcome) {
        return assertInstanceOf(Outcome.Done.class, outcome.join()).applied().result().revision();
    }

    @Test
    void thoseThatComeMeanwhileTravelTogetherAndEachGetsItsOwn() {
        List<CompletableFuture<Outcome>> all = IntStream.range(0, 12).mapToObj(i -> read()).toList();
        assertEquals(List.of(1, 1), asked);
        answers.get(0).complete(results(10, 1));
        assertEquals(List.of(1, 1, 10), asked);
        answers.get(2).complete(results(20, 10));
        answers.get(1).complete(results(11, 1));
        assertEquals(List.of(10L, 11L, 20L, 29L), List.of(revision(all.get(0)), revision(all.get(1)), revision(all.get(2)),
                revision(all.get(11))));
        assertEquals(List.of(), readHere);
    }

    @Test
    void withoutAnAnswerOfTheLeaderTheyAreReadHere() {
        CompletableFuture<Outcome> first = read();
        CompletableFuture<Outcome> second = read();
        answers.get(0).complete(List.of());
        answers.get(1).completeExceptionally(new IllegalStateException("unreachable"));
        assertEquals(List.of(100L, 100L), List.of(revision(first), revision(second)));
    }

    @Test
    void whoLeadsReadsHere() {
        leader = Optional.empty();
        assertEquals(100, revision(read()));
        assertEquals(List.of(), asked);
    }

    @Test
    void whoIsBehindDoesNotAnswer() {
        leader = Optional.empty();
        isHere = false;
        assertEquals(new Outcome.Unknown("this peer is behind"), read().join());
        isHere = true;
        assertEquals(100, revision(read()), "a failure does not end it");
    }

    @Test
    void whoMayNotReadIsRefusedWhereItIsRead() {
        Store store = StoreMachine.emptyStore();
        CurrentReads.Read stranger = new CurrentReads.Read("", 0, RangeRequest.of(Bytes.of("a"), Bytes.EMPTY));
        assertInstanceOf(Result.RangeResult.class, stranger.of(store));
        store.apply(1, 0, new Command.Auth(Command.Auth.Action.ROLE_ADD, "", AuthState.ROOT, Bytes.EMPTY));
        store.apply(2, 0, new Command.Auth(Command.Auth.Action.USER_ADD, AuthState.ROOT, "", Bytes.of("x")));
        store.apply(3, 0, new Command.Auth(Command.Auth.Action.USER_GRANT, AuthState.ROOT, AuthState.ROOT, Bytes.EMPTY));
        store.apply(4, 0, new Command.Auth(Command.Auth.Action.ENABLE, "", "", Bytes.of("key")));
        assertEquals(StoreError.USER_EMPTY, assertInstanceOf(Result.ErrorResult.class, stranger.of(store)).error());
    }
}
