package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Whether the group goes on without this peer. Ratis tells a removed peer so only if its log is behind; one that knows of
 * its removal, or that the others replaced by a group founded anew, just never hears of a leader again.
 */
final class Standing {

    private static final Duration ASK = Duration.ofMillis(700);
    private static final long LEADERLESS_NANOS = Duration.ofSeconds(10).toNanos();

    private final EmbeddedServer server;
    private final PeerLinks links;
    private final String group;
    private final Supplier<List<HostPort>> others;
    private long ledAt = System.nanoTime();

    Standing(EmbeddedServer server, PeerLinks links, String group, Supplier<List<HostPort>> others) {
        this.server = server;
        this.links = links;
        this.group = group;
        this.others = others;
    }

    /** Cheap: whether it is worth while to ask. One thread. */
    boolean isDoubtful() {
        if (server.isStopped()) {
            return true;
        }
        if (server.leader().isPresent()) {
            ledAt = System.nanoTime();
        }
        boolean outside = server.division().isPresent() && !server.roster().all().isEmpty() && !server.isMember();
        return outside || System.nanoTime() - ledAt > LEADERLESS_NANOS;
    }

    /** Asks the others: whether one of them leads, in a term that is not older, and does not count this peer. */
    boolean isRemoved() {
        byte[] message = PeerEndpoint.frame(group, new byte[0]);
        long term = server.division().map(d -> d.getInfo().getCurrentTerm()).orElse(0L);
        List<CompletableFuture<Boolean>> asked = others.get().stream().map(a -> links.to(a)
                .call(Rpc.STATUS, message, ASK).thenApply(GroupStatus::decode).thenApply(s -> excludes(s, term))
                .exceptionally(e -> false)).toList();
        return asked.stream().map(CompletableFuture::join).reduce(false, Boolean::logicalOr);
    }

    private boolean excludes(GroupStatus answer, long term) {
        boolean leads = answer.peers().stream().anyMatch(p -> p.self() && p.raftLeader() && p.term() >= term
                && p.role() == GroupStatus.Role.LEADER);
        return leads && answer.peers().stream().noneMatch(p -> p.id().equals(server.id().toString()));
    }
}
