package io.matriarch.raft;

import io.matriarch.config.HostPort;
import io.matriarch.config.RaftConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The storage of a peer whose group has lost its majority for good, held while its agent is stopped; it can be made a group
 * of one, on which others can be taken in again.
 *
 * <p>It keeps everything it has on disk, also what it never learnt to be committed. It gets a new identity: the former
 * peers, should they come back, cannot reach it under the old one, so that they can neither overrule it nor count on it.
 */
public final class LoneSurvivor implements AutoCloseable {

    private static final Duration ASK = Duration.ofSeconds(1);
    private static final int ROUNDS = 2;

    private final RaftConfig config;
    private final HostPort self;
    private final PeerDirectory directory;
    private final StoredLog log;

    private LoneSurvivor(RaftConfig config, HostPort self, PeerDirectory directory, StoredLog log) {
        this.config = config;
        this.self = self;
        this.directory = directory;
        this.log = log;
    }

    /**
     * Takes hold of the storage and looks for the others.
     *
     * @throws RaftStartException when the agent runs, the storage is that of no member, or the group can still be had
     */
    public static LoneSurvivor open(RaftConfig config) throws RaftStartException {
        HostPort self = config.selfAddr().orElseThrow(() -> new RaftStartException(
                "raft.self_addr is not set: this node has no peer whose storage could be used."));
        Path root = config.dataDir();
        try {
            requireOwner(root);
            PeerDirectory directory = PeerDirectory.open(root);
            boolean ready = false;
            try {
                PeerDirectory.Record record = directory.record();
                if (record.stage() != Stage.FORMED || !record.started()) {
                    throw new RaftStartException("The storage in " + root + " belongs to no group (stage "
                            + record.stage() + "), so nothing can be founded on it.");
                }
                UUID group = PeerEndpoint.groupId(config.group());
                directory.hideLog(group, false);
                LoneSurvivor survivor = new LoneSurvivor(config, self, directory, StoredLog.read(directory.storage(), group));
                survivor.requireLost(record.id());
                ready = true;
                return survivor;
            } finally {
                if (!ready) {
                    directory.close();
                }
            }
        } catch (IOException | IllegalStateException e) {
            throw new RaftStartException("Cannot read the Raft log in " + root + ": " + e.getMessage(), e);
        }
    }

    private static void requireOwner(Path root) throws IOException, RaftStartException {
        if (!Files.isDirectory(root)) {
            throw new RaftStartException("There is no Raft data directory " + root + ".");
        }
        String owner = Files.getOwner(root).getName();
        if (!owner.equals(System.getProperty("user.name"))) {
            throw new RaftStartException("Run this as the user " + owner + ", to whom " + root + " belongs; otherwise the agent"
                    + " could not write there any more.");
        }
    }

    /** @throws RaftStartException when so many others answer that the group can go on, or one has more than this peer */
    private void requireLost(UUID id) throws RaftStartException {
        Map<HostPort, GroupStatus> answers = others();
        boolean voter = log.find(id).filter(log.roster()::hasVote).isPresent();
        List<RaftVoter> answering = answers.entrySet().stream().flatMap(e -> voter(e.getKey(), e.getValue()).stream()).toList();
        int voters = log.roster().voters().size();
        int present = answering.size() + (voter ? 1 : 0);
        String names = String.join(", ", answering.stream().map(v -> v.address().toString()).toList());
        if (voters > 0 && 2 * present > voters) {
            throw new RaftStartException("The group has its majority: " + names + " answer" + (answering.size() == 1 ? "s" : "")
                    + (voter ? ", and with this peer that is " : ", which is ") + present + " of " + voters
                    + " voters. Start the agent of this node; nothing was changed.");
        }
        Optional<RaftVoter> ahead = answering.stream().filter(v -> v.commit() > log.last()).findFirst();
        if (ahead.isPresent()) {
            throw new RaftStartException("The peer at " + ahead.get().address() + " has more than this one: it knows entry "
                    + ahead.get().commit() + " as committed, here the last is " + log.last() + ". Do this there instead; nothing"
                    + " was changed.");
        }
    }

    private record RaftVoter(HostPort address, long commit) {
    }

    private Optional<RaftVoter> voter(HostPort address, GroupStatus status) {
        return status.peers().stream().filter(GroupStatus.PeerStatus::self).filter(p -> log.roster().voters().stream()
                .anyMatch(v -> v.getId().toString().equals(p.id()))).findFirst()
                .map(p -> new RaftVoter(address, p.commitIndex()));
    }

    private Map<HostPort, GroupStatus> others() throws RaftStartException {
        TreeMap<String, HostPort> addresses = new TreeMap<>();
        givenUp().forEach(a -> addresses.put(a.toString(), a));
        config.partnerAddrs().forEach(a -> addresses.put(a.toString(), a));
        Map<HostPort, GroupStatus> answers = new LinkedHashMap<>();
        Threads threads = new Threads();
        try (PeerLinks links = new PeerLinks(threads.replies(), PeerSecurity.ofPeer(config))) {
            byte[] message = PeerEndpoint.frame(config.group(), new byte[0]);
            for (int round = 0; round < ROUNDS; round++) {
                Map<HostPort, CompletableFuture<Optional<GroupStatus>>> asked = new LinkedHashMap<>();
                addresses.values().forEach(a -> asked.put(a, links.to(a).call(Rpc.STATUS, message, ASK)
                        .thenApply(b -> Optional.of(GroupStatus.decode(b))).exceptionally(e -> Optional.empty())));
                asked.forEach((address, status) -> status.join().ifPresent(s -> answers.put(address, s)));
            }
        } finally {
            threads.close();
        }
        return answers;
    }

    /** The peers that the group goes on without. */
    public List<HostPort> givenUp() {
        TreeSet<String> rest = new TreeSet<>(log.roster().all().stream().map(p -> p.getAddress()).toList());
        rest.remove(self.toString());
        return rest.stream().map(a -> HostPort.parse(a, 0)).toList();
    }

    /** Index of the last entry that will be kept; what the others wrote after it is lost. */
    public long lastEntry() {
        return log.last();
    }

    /** What an operator has to type, since it says what is lost. */
    public String confirmation() {
        List<HostPort> rest = givenUp();
        return "lose " + (rest.isEmpty() ? "" : ChangeRules.join(rest) + " and ") + "every write after entry " + log.last();
    }

    /**
     * Makes this storage a group of one. Started again, the agent leads it. Harmless when it is broken off and repeated.
     *
     * @throws RaftStartException when it cannot be written
     */
    public void found() throws RaftStartException {
        UUID fresh = UUID.randomUUID();
        try {
            log.giveTo(EmbeddedServer.peer(fresh, self.toString()));
            directory.save(new PeerDirectory.Record(fresh, Stage.FORMED, Optional.of(Charter.of(UUID.randomUUID(),
                    Map.of(self, fresh))), true, Optional.of(self.toString()), Optional.empty()));
        } catch (IOException e) {
            throw new RaftStartException("Cannot write to the Raft data directory " + config.dataDir() + ": " + e, e);
        }
    }

    @Override
    public void close() throws RaftStartException {
        try {
            directory.close();
        } catch (IOException e) {
            throw new RaftStartException("Cannot let go of the Raft data directory " + config.dataDir() + ": " + e, e);
        }
    }
}
