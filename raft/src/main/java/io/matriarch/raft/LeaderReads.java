package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.store.Command;
import io.matriarch.store.CommandCodec;
import io.matriarch.store.Op;
import io.matriarch.store.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The ways of reads from a peer to the one that leads, and how that one answers. */
final class LeaderReads implements CurrentReads.Ways {

    /** Answers that are larger are read the slow way, one by one. */
    private static final int MOST_BYTES = 2 << 20;

    private final Supplier<Optional<EmbeddedServer>> server;
    private final PeerLinks links;
    private final String group;
    private final EmbeddedStore store;

    LeaderReads(Supplier<Optional<EmbeddedServer>> server, PeerLinks links, String group, EmbeddedStore store) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.store = store;
    }

    @Override
    public Optional<HostPort> leader() {
        return server.get().flatMap(s -> s.leader().filter(leader -> !leader.equals(s.address())));
    }

    @Override
    public CompletableFuture<List<Result>> ask(HostPort leader, List<CurrentReads.Read> reads, Duration timeout) {
        WireOut out = new WireOut().i64(timeout.toMillis());
        for (CurrentReads.Read read : reads) {
            out.flag(true).text(read.user()).i64(read.authRevision()).bytes(CommandCodec.encode(
                    new Command.Txn(List.of(), List.of(new Op.RangeOp(read.range())), List.of())));
        }
        return links.to(leader).call(Rpc.READ, PeerEndpoint.frame(group, out.flag(false).done()), timeout)
                .thenApply(reply -> BatchCodec.decodeResults(reply).stream().map(CommandCodec::decodeResult).toList());
    }

    @Override
    public CompletableFuture<Optional<List<Result>>> here(List<CurrentReads.Read> reads, Duration timeout) {
        return store.readHere(reads, timeout);
    }

    /** An empty answer says that this peer does not lead, or cannot tell in time. */
    static CompletableFuture<byte[]> answer(WireIn in, EmbeddedServer server, EmbeddedStore store) {
        Duration timeout = Duration.ofMillis(in.i64());
        List<CurrentReads.Read> reads = new ArrayList<>();
        while (in.flag()) {
            reads.add(read(in));
        }
        return server.leading() ? store.readHere(reads, timeout).thenApply(results -> encode(results.orElse(List.of())))
                : CompletableFuture.completedFuture(encode(List.of()));
    }

    private static CurrentReads.Read read(WireIn in) {
        String user = in.text();
        long authRevision = in.i64();
        if (CommandCodec.decode(in.bytes()) instanceof Command.Txn txn && txn.success().size() == 1
                && txn.success().get(0) instanceof Op.RangeOp op) {
            return new CurrentReads.Read(user, authRevision, op.range());
        }
        throw new IllegalArgumentException("not a read");
    }

    private static byte[] encode(List<Result> results) {
        byte[] reply = BatchCodec.encodeResults(results.stream().map(CommandCodec::encodeResult).toList());
        return reply.length <= MOST_BYTES ? reply : BatchCodec.encodeResults(List.of());
    }
}
