package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import io.matriarch.store.Op;
import io.matriarch.store.RangeRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Reads through the peers of other processes, one after the other until one answers or the time is over. */
final class RemoteReads {

    private static final Duration ATTEMPT = Duration.ofMillis(700);
    private static final Duration PAUSE = Duration.ofMillis(30);

    private final PeerLinks links;
    private final String group;
    private final Supplier<List<HostPort>> peers;
    private final ScheduledExecutorService timer;
    private final Age age;
    private volatile int preferred;

    /** @param age told how old the state behind each answer is */
    RemoteReads(PeerLinks links, String group, Supplier<List<HostPort>> peers, ScheduledExecutorService timer, Age age) {
        this.links = links;
        this.group = group;
        this.peers = peers;
        this.timer = timer;
        this.age = age;
    }

    static byte[] encode(RangeRequest request, Consistency consistency, long timeoutMillis) {
        byte[] txn = CommandCodec.encode(new Command.Txn(List.of(), List.of(new Op.RangeOp(request)), List.of()));
        return new WireOut().u8(consistency.ordinal()).i64(timeoutMillis).bytes(txn).done();
    }

    /** A request as it arrives. */
    record Request(RangeRequest range, Consistency consistency, Duration timeout) {

        static Request decode(WireIn in) {
            Consistency consistency = in.constant(Consistency.values());
            long timeout = in.i64();
            if (CommandCodec.decode(in.bytes()) instanceof Command.Txn txn && txn.success().size() == 1
                    && txn.success().get(0) instanceof Op.RangeOp op) {
                return new Request(op.range(), consistency, Duration.ofMillis(timeout));
            }
            throw new IllegalArgumentException("not a read");
        }
    }

    static byte[] reply(Outcome outcome, Duration age) {
        if (outcome instanceof Outcome.Done done) {
            return new WireOut().flag(true).bytes(CommandCodec.encodeResult(done.applied().result()))
                    .i64(age.toMillis()).done();
        }
        return new WireOut().flag(false).text(((Outcome.Unknown) outcome).why()).done();
    }

    CompletableFuture<Outcome> range(RangeRequest request, Consistency consistency, Duration timeout) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        attempt(request, consistency, System.nanoTime() + timeout.toNanos(), outcome, "no peer answered");
        return outcome;
    }

    private void attempt(RangeRequest request, Consistency consistency, long deadline,
                         CompletableFuture<Outcome> outcome, String last) {
        List<HostPort> all = peers.get();
        long left = deadline - System.nanoTime();
        if (left <= 0 || all.isEmpty()) {
            outcome.complete(new Outcome.Unknown(last));
            return;
        }
        int choice = Math.floorMod(preferred, all.size());
        Duration patience = Duration.ofNanos(Math.min(left, ATTEMPT.toNanos()));
        byte[] message = PeerEndpoint.frame(group, encode(request, consistency, Math.max(1, patience.toMillis() - 20)));
        HostPort peer = all.get(choice);
        links.to(peer).call(Rpc.RANGE, message, patience).thenApply(this::decode)
                .exceptionally(e -> new Outcome.Unknown(peer + ": " + RemoteTarget.why(e)))
                .thenAccept(answer -> {
                    if (answer instanceof Outcome.Unknown unknown) {
                        preferred = choice + 1;
                        again(() -> attempt(request, consistency, deadline, outcome, unknown.why()), outcome);
                    } else {
                        outcome.complete(answer);
                    }
                });
    }

    private void again(Runnable attempt, CompletableFuture<Outcome> outcome) {
        try {
            timer.schedule(attempt, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            outcome.complete(new Outcome.Unknown("closed"));
        }
    }

    private Outcome decode(byte[] message) {
        WireIn in = new WireIn(message);
        if (!in.flag()) {
            return new Outcome.Unknown(in.text());
        }
        Outcome done = EmbeddedStore.done(CommandCodec.decodeResult(in.bytes()));
        age.current(in.i64());
        return done;
    }
}
