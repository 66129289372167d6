package io.matriarch.raft;

import io.matriarch.config.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after a peer that Ratis closed: after an error it is opened again from its files; when the group removed it,
 * that is said once and it stays out.
 */
final class Lookout implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);
    private static final long LOOK_MILLIS = 1_000;
    private static final long REOPEN_NANOS = Duration.ofSeconds(10).toNanos();
    private static final Duration ASK = Duration.ofMillis(700);

    private final EmbeddedServer server;
    private final Formation formation;
    private final PeerDirectory directory;
    private final PeerLinks links;
    private final String group;
    private volatile boolean closed;
    private boolean removed;
    private long reopenedAt = System.nanoTime() - REOPEN_NANOS;

    Lookout(EmbeddedServer server, Formation formation, PeerDirectory directory, PeerLinks links, String group) {
        this.server = server;
        this.formation = formation;
        this.directory = directory;
        this.links = links;
        this.group = group;
    }

    void start(ScheduledExecutorService timer, Executor executor) {
        timer.scheduleWithFixedDelay(() -> {
            if (!closed && isStopped()) {
                executor.execute(this::look);
            }
        }, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private boolean isStopped() {
        Optional<RaftServer.Division> division = server.division();
        return division.isPresent() && !division.get().getInfo().isAlive();
    }

    private synchronized void look() {
        if (closed || removed || !isStopped() || System.nanoTime() - reopenedAt < REOPEN_NANOS) {
            return;
        }
        reopenedAt = System.nanoTime();
        if (isRemoved()) {
            removed = true;
            String sentence = "this peer was removed from the group '" + group + "'; move " + directory.root()
                    + " away and start again to join as a new one";
            LOG.error("Raft: {}.", sentence);
            formation.stopped(sentence);
            return;
        }
        LOG.warn("Ratis closed this peer; it is opened again from {}.", directory.root());
        try {
            List<RaftPeer> peers = directory.record().charter().map(Formation::peersOf).orElse(List.of());
            server.reopenGroup(peers);
        } catch (IOException | RuntimeException e) {
            LOG.error("The Raft peer cannot be opened again: {}. It is tried once more soon.", e.toString());
        }
    }

    /** Whether a member that hears of a Raft leader does not count this peer as one. */
    private boolean isRemoved() {
        List<HostPort> others = directory.record().charter().map(c -> c.members().keySet()).orElseGet(() ->
                        new java.util.TreeSet<>(formation.self().list())).stream()
                .filter(a -> !a.equals(server.address().toString())).map(a -> HostPort.parse(a, 0))
                .collect(Collectors.toList());
        byte[] message = PeerEndpoint.frame(group, new byte[0]);
        return others.stream().map(a -> links.to(a).call(Rpc.HELLO, message, ASK).thenApply(Hello::decode)
                        .thenApply(h -> h.stage() == Stage.FORMED && h.led() && !h.members().contains(server.id()))
                        .exceptionally(e -> false)).toList().stream()
                .anyMatch(f -> f.join());
    }

    @Override
    public void close() {
        closed = true;
    }
}
