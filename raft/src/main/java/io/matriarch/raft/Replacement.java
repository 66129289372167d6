package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a peer whose storage must not be used begin anew, when the group can do without what was on it: a Raft leader
 * answers that counts this peer and has a majority without it. The old files are kept aside.
 */
final class Replacement {

    private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);
    private static final Duration ASK = Duration.ofMillis(700);
    private static final Duration PATIENCE = Duration.ofSeconds(8);
    private static final long PAUSE_MILLIS = 200;
    /** So long after a first good answer there has to be a second: a member that has just gone still counts for a moment. */
    private static final long CONFIRM_MILLIS = 1_500;
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS")
            .withZone(ZoneOffset.UTC);

    private final RaftConfig config;
    private final HostPort self;
    private final DamagedStorageException damage;

    Replacement(RaftConfig config, HostPort self, DamagedStorageException damage) {
        this.config = config;
        this.self = self;
        this.damage = damage;
    }

    /**
     * Waits for a healthy group, then moves the files aside.
     *
     * @throws RaftStartException when there is none: the files are as they were
     */
    void prepare(InstantSource clock) throws RaftStartException {
        if (config.partnerAddrs().isEmpty()) {
            throw damage;
        }
        String why = healthyGroup();
        if (!why.isEmpty()) {
            throw new RaftStartException(damage.getMessage() + " It was not replaced by itself, since " + why + ".", damage);
        }
        Path kept = PeerDirectory.setAside(config.dataDir(), damage.id(), STAMP.format(clock.instant()));
        LOG.error("{} The others are a majority without it, so it was moved to {} and this peer joins as a new one.",
                damage.getMessage(), kept);
    }

    /** @return what is missing; empty when there is a healthy group that counts this peer */
    private String healthyGroup() throws RaftStartException {
        Threads threads = new Threads();
        try (PeerLinks links = new PeerLinks(threads.replies(), PeerSecurity.ofPeer(config))) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            String why = "no Raft leader answers";
            while (System.nanoTime() - deadline < 0) {
                why = ask(links);
                if (why.isEmpty()) {
                    TimeUnit.MILLISECONDS.sleep(CONFIRM_MILLIS);
                    why = ask(links);
                }
                if (why.isEmpty()) {
                    break;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
            return why;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "it was interrupted";
        } finally {
            threads.close();
        }
    }

    private String ask(PeerLinks links) {
        byte[] message = PeerEndpoint.frame(config.group(), new byte[0]);
        List<CompletableFuture<Optional<GroupStatus>>> asked = config.partnerAddrs().stream().map(a -> links.to(a)
                .call(Rpc.STATUS, message, ASK).thenApply(b -> Optional.of(GroupStatus.decode(b)))
                .exceptionally(e -> Optional.empty())).toList();
        return asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).filter(s -> s.peers().stream()
                .anyMatch(p -> p.self() && p.role() == GroupStatus.Role.LEADER)).findFirst().map(this::objection)
                .orElse("no Raft leader answers at " + config.partnerAddrs());
    }

    private String objection(GroupStatus leader) {
        List<GroupStatus.PeerStatus> voters = leader.voters();
        if (leader.peers().stream().noneMatch(this::isFormer)) {
            return "the group does not count this peer as one of its own";
        }
        long answering = voters.stream().filter(p -> !isFormer(p) && (p.role() == GroupStatus.Role.LEADER
                || p.role() == GroupStatus.Role.FOLLOWER)).count();
        return 2 * answering > voters.size() ? "" : "only " + answering + " of the " + voters.size()
                + " voters answer";
    }

    private boolean isFormer(GroupStatus.PeerStatus peer) {
        return peer.address().equals(self) || damage.id().filter(id -> peer.id().equals(id.toString())).isPresent();
    }
}
