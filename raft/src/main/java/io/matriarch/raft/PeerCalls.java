package io.matriarch.raft;

import io.matriarch.dcs.ReplicatedStore.Consistency;
import io.matriarch.dcs.ReplicatedStore.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** What this peer answers to others. */
final class PeerCalls implements PeerEndpoint.Calls {

    private static final Duration LONGEST_WATCH = Duration.ofSeconds(10);

    private final EmbeddedServer server;
    private final Formation formation;
    private final Membership membership;
    private final Administration administration;
    private final EmbeddedStore store;
    private final WatchHub watches;
    private final Executor executor;
    private volatile Supplier<GroupStatus> status;

    /** The parts that know the group. */
    record Group(Formation formation, Membership membership, Administration administration) {
    }

    PeerCalls(EmbeddedServer server, Group group, EmbeddedStore store, WatchHub watches, Executor executor) {
        this.server = server;
        this.formation = group.formation();
        this.membership = group.membership();
        this.administration = group.administration();
        this.store = store;
        this.watches = watches;
        this.executor = executor;
    }

    void statusFrom(Supplier<GroupStatus> source) {
        this.status = source;
    }

    @Override
    public CompletableFuture<byte[]> handle(Rpc rpc, WireIn in) {
        return switch (rpc) {
            case HELLO -> CompletableFuture.completedFuture(formation.self().encode());
            case ACCEPT -> async(in, message -> formation.accept(Charter.read(message)));
            case COMMIT -> async(in, message -> formation.commit(Charter.read(message)));
            case JOIN -> membership.join(Membership.Applicant.decode(in)).thenApply(text -> new WireOut().text(text).done());
            case PROPOSE -> server.submit(Call.decode(in)).thenApply(Answer::encode);
            case RANGE -> range(RemoteReads.Request.decode(in));
            case READ -> LeaderReads.answer(in, server, store);
            case WATCH -> watches.once(in.string(), in.string(), in.i64(), atMost(Duration.ofMillis(in.i64())))
                    .thenApply(batch -> batch.encode(store.localAge().toMillis()));
            case STATUS -> CompletableFuture.completedFuture(status.get().encode());
            case FORM -> async(in, message -> formation.leaveOut(new TreeSet<>(message.list(WireIn::text))));
            case CHANGE -> administration.order(GroupChange.Order.decode(in)).thenApply(ChangeReport::encode);
            case INVITE -> async(in, message -> formation.invited(new TreeSet<>(message.list(WireIn::text))));
            case SNAPSHOT -> server.requestSnapshot().thenApply(i -> new WireOut().i64(i.orElse(-1)).done());
        };
    }

    /** For answers that write to the disk. */
    private CompletableFuture<byte[]> async(WireIn in, java.util.function.Function<WireIn, byte[]> answer) {
        return CompletableFuture.supplyAsync(() -> answer.apply(in), executor);
    }

    private CompletableFuture<byte[]> range(RemoteReads.Request request) {
        CompletableFuture<Outcome> outcome = request.consistency() == Consistency.LOCAL
                ? store.range(request.range(), Consistency.LOCAL, request.timeout())
                : store.linearizable(request.range(), request.timeout(), request.timeout())
                .thenApply(o -> o.orElseGet(() -> new Outcome.Unknown("this peer is behind")));
        return outcome.thenApply(o -> RemoteReads.reply(o, request.consistency() == Consistency.LINEARIZABLE
                ? Duration.ZERO : store.localAge()));
    }

    private static Duration atMost(Duration wanted) {
        return Optional.of(wanted).filter(w -> w.compareTo(LONGEST_WATCH) < 0).orElse(LONGEST_WATCH);
    }
}
